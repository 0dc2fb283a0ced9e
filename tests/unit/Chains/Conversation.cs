using System.Net;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Tests.Unit.Headers;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Two hosts and what each of them knows of the other.</summary>
internal sealed class Conversation
{
    private readonly byte _protocol;
    private readonly TestFrame _fromLeft;
    // The entry with which the round began, and the newest entry that has arrived on each side.
    private int _first = -1;
    private readonly int[] _newest = [-1, -1];
    // What the right sends, to where it saw packets come from, which a NAT chooses; and such a packet.
    private TestFrame? _fromRight;
    private byte[] _arrivedRight = [];
    // A TCP connection that the right has not answered yet; whether it was asked for twice.
    private bool _isOpening, _wasAskedTwice;

    public Conversation(int number, byte protocol, bool isIPv6)
    {
        _protocol = isIPv6 && protocol == IpProtocols.Icmp ? IpProtocols.Icmp6 : protocol;
        _fromLeft = new TestFrame
        {
            Protocol = _protocol,
            Source = isIPv6 ? $"2001:db8::{number:x}" : $"10.0.0.{number}",
            Destination = isIPv6 ? "2001:db8:1::7" : "198.51.100.7",
            SourcePort = (ushort)(1000 + number),
            Identifier = (ushort)(1000 + number),
            SourceMac = 0x0200_0000_0000 + (ulong)number,
        };
    }

    /// <summary>Whether the round's first packet is still to be sent.</summary>
    public bool IsFirst { get; private set; }

    /// <summary>Whether nothing more of this round is sent.</summary>
    public bool IsOver { get; set; }

    /// <summary>The direction of the round's first packet.</summary>
    public Direction Opener { get; private set; }

    public long LastTime { get; private set; }

    public void Begin(Random random, bool mayBeFromRight)
    {
        (IsFirst, IsOver) = (true, false);
        Opener = _fromRight is null || !mayBeFromRight ? Direction.LeftToRight : (Direction)random.Next(2);
        _isOpening = _fromRight is null || Opener == Direction.LeftToRight && random.Next(3) == 0;
        _wasAskedTwice = false;
    }

    /// <summary>What had to arrive before this side could send: the round's first packet, or all that has.</summary>
    public int CauseOf(Direction direction, Random random) => random.Next(2) == 0 ? _newest[(int)direction]
        : direction == Opener || IsFirst ? -1 : _first;

    public void Sent(int index, Direction direction, long time, byte[]? output)
    {
        if (IsFirst) _first = index;
        IsOver = IsFirst && output is null;
        IsFirst = false;
        LastTime = time;
        if (output is null) return;
        _newest[1 - (int)direction] = index;
        if (direction == Direction.RightToLeft || !PacketHeaders.TryParse(output, out var headers)) return;
        _arrivedRight = output;
        _fromRight = _fromLeft with
        {
            Source = _fromLeft.Destination,
            Destination = headers.IpVersion == 4 ? IPv4(headers.Source) : _fromLeft.Source,
            SourcePort = _fromLeft.DestinationPort,
            DestinationPort = headers.SourcePort,
            Identifier = headers.SourcePort,
            SourceMac = 0x0200_0000_FFFF,
        };
    }

    /// <summary>What this side sends now, if it knows where to.</summary>
    public TestFrame? Next(Direction direction, Random random)
    {
        var fromLeft = direction == Direction.LeftToRight;
        if ((fromLeft ? _fromLeft : _fromRight) is not { } frame) return null;
        if (!fromLeft && !_isOpening && !frame.Source.Contains(':', StringComparison.Ordinal) && random.Next(12) == 0)
            return TestFrame.Error(_arrivedRight, "203.0.113.1", frame.Destination);
        frame = frame with { Payload = new byte[random.Next(20)] };
        return _protocol switch
        {
            IpProtocols.Icmp => frame with { IcmpType = (byte)(fromLeft ? 8 : 0) },
            IpProtocols.Icmp6 => frame with { IcmpType = (byte)(fromLeft ? 128 : 129) },
            IpProtocols.Tcp => frame with { TcpFlags = FlagsOf(fromLeft, random) },
            _ => frame,
        };
    }

    private static string IPv4(UInt128 address) =>
        new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]).ToString();

    private TcpFlags FlagsOf(bool fromLeft, Random random)
    {
        if (_isOpening && fromLeft)
        {
            // Asked again while the answer may be on its way.
            _wasAskedTwice |= !IsFirst;
            return TcpFlags.Syn;
        }

        if (_isOpening)
        {
            _isOpening = false;
            return TcpFlags.Syn | TcpFlags.Ack;
        }

        // A connection that is closed while it is asked for again may be open or closed afterwards, by the order.
        return random.Next(_wasAskedTwice ? 2 : 0, 12) switch
        {
            0 => TcpFlags.Fin | TcpFlags.Ack,
            1 => TcpFlags.Rst,
            _ => TcpFlags.Ack,
        };
    }
}
