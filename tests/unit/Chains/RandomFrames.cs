using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Frames of all kinds from one seed: right ones, damaged ones, and noise.</summary>
internal sealed class RandomFrames(int seed)
{
    private static readonly byte[] Protocols =
    [
        IpProtocols.Tcp, IpProtocols.Tcp, IpProtocols.Udp, IpProtocols.Udp, IpProtocols.Icmp, IpProtocols.Icmp6, 2, 47,
    ];

    private readonly Random _random = new(seed);

    public byte[] Next(bool fromLeft)
    {
        if (_random.Next(10) == 0) return Noise();
        var spec = Spec(fromLeft);
        var frame = spec.Build();
        if (_random.Next(8) == 0)
        {
            // An error about a packet that went the other way, as it looked on this side of the NAT.
            var about = (fromLeft ? Spec(false) with { Destination = spec.Source, DestinationPort = spec.SourcePort }
                : Spec(true) with { Source = spec.Destination, SourcePort = spec.DestinationPort }).Build();
            var type = (byte)_random.Next(1, 13);
            frame = TestFrame.Error(about, spec.Source, spec.Destination, type, quoted: _random.Next(20, 80)).Build();
        }

        if (_random.Next(3) > 0) return frame;
        for (var damages = _random.Next(1, 4); damages > 0; damages--)
            frame[_random.Next(12, frame.Length)] = (byte)_random.Next(256);
        return _random.Next(4) == 0 ? frame[..(_random.Next(frame.Length) + 1)] : frame;
    }

    private byte[] Noise()
    {
        var noise = new byte[_random.Next(0, 300)];
        _random.NextBytes(noise);
        byte[] type = _random.Next(2) == 0 ? [0x08, 0x00] : [0x86, 0xDD];
        if (noise.Length > 14) type.CopyTo(noise, 12);
        return noise;
    }

    private TestFrame Spec(bool fromLeft)
    {
        var isIPv6 = _random.Next(4) == 0;
        var inside = isIPv6 ? $"2001:db8::{_random.Next(1, 9)}" : $"10.0.0.{_random.Next(1, 9)}";
        var outside = isIPv6 ? $"2001:db8:1::{_random.Next(1, 9)}" : $"198.51.100.{_random.Next(1, 9)}";
        var nat = isIPv6 ? inside : "192.0.2.1";
        var port = (ushort)_random.Next(1, 30);
        return new TestFrame
        {
            VlanTypes = _random.Next(8) == 0 ? [EtherTypes.Vlan] : [],
            Source = fromLeft ? inside : outside,
            Destination = fromLeft ? outside : nat,
            Protocol = Protocols[_random.Next(Protocols.Length)],
            SourcePort = fromLeft ? port : (ushort)443,
            DestinationPort = fromLeft ? (ushort)443 : (ushort)(20_000 + _random.Next(64)),
            Identifier = fromLeft ? port : (ushort)(20_000 + _random.Next(64)),
            TcpFlags = (TcpFlags)(_random.Next(3) == 0 ? (int)TcpFlags.Syn : _random.Next(64)),
            IcmpType = (byte)_random.Next(0, 16),
            Options = _random.Next(6) == 0 ? [1, 1, 1, 0] : [],
            Fragment = _random.Next(16) == 0 ? (ushort)_random.Next(0x4000) : (ushort)0,
            Extensions = _random.Next(4) > 0 ? []
                : [(60, new byte[8]), (44, [0, 0, 0, (byte)_random.Next(10), 0, 0, 0, 0])],
            Payload = new byte[_random.Next(64)],
            Padding = _random.Next(6) == 0 ? 6 : 0,
            NoUdpChecksum = _random.Next(8) == 0,
        };
    }
}
