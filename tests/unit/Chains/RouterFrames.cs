using Holdfast.Tests.Unit.Headers;
using static Holdfast.Tests.Unit.Chains.TestRouter;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Frames of all kinds as they stand on the two sides of <see cref="TestRouter"/>, from one seed.</summary>
internal sealed class RouterFrames(int seed)
{
    private readonly Random _random = new(seed);
    private readonly RandomFrames _others = new(seed);

    public byte[] Next(bool fromLeft) => _random.Next(10) switch
    {
        < 2 => Arp(fromLeft),
        < 4 => Own(fromLeft).Build(),
        _ => Other(fromLeft),
    };

    private byte[] Other(bool fromLeft)
    {
        var frame = _others.Next(fromLeft);
        if (frame.Length < 14 || _random.Next(20) == 0) return frame;
        byte[] addresses = [2, 0x48, 192, 0, 2, 1, 2, 0, 0, 0, 0xFE, 0];
        addresses.AsSpan(0, fromLeft ? 6 : 12).CopyTo(frame);
        return frame;
    }

    private TestFrame Own(bool fromLeft)
    {
        var port = (ushort)(20_000 + _random.Next(64));
        var frame = fromLeft
            ? FromHost() with { Destination = Any(Outside, Inside, Near(), "198.51.100.7"), DestinationPort = port }
            : FromFar() with { Source = Any(Near(), NextHop, "198.51.100.7"), DestinationPort = port };
        return frame with
        {
            Protocol = Any<byte>(1, 6, 17),
            IcmpType = Any<byte>(0, 8),
            Ttl = (byte)_random.Next(4),
            Payload = new byte[_random.Next(1400)],
            Fragment = Any<ushort>(0, 0, 0, 0x2000, 5),
        };
    }

    private byte[] Arp(bool fromLeft)
    {
        var sender = fromLeft ? Any(HostAddress, Inside, "0.0.0.0") : Any(NextHop, NextHop, Near(), Outside);
        var target = Any(Outside, Inside, sender, Near());
        var mac = Any(Gateway, Host, 0x0200_0000_4D00 + (ulong)_random.Next(9), Virtual);
        var frame = TestRouter.Arp(Any<ushort>(1, 2), Any(Everybody, Virtual, Host), mac, mac, sender, Virtual, target);
        if (_random.Next(10) == 0) frame[_random.Next(12, 42)] = (byte)_random.Next(256);
        return _random.Next(10) == 0 ? frame[.._random.Next(frame.Length)] : frame;
    }

    private string Near() => $"192.0.2.{_random.Next(1, 255)}";

    private T Any<T>(params T[] values) => values[_random.Next(values.Length)];
}
