using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

public sealed class FlowHashTests
{
    [Test]
    public void It_is_the_hash_that_a_network_card_computes_with_this_key([Values] bool isIPv6, [Values(IpProtocols.Tcp, IpProtocols.Udp, IpProtocols.Icmp)] byte protocol)
    {
        var random = new Random(protocol);
        for (var i = 0; i < 100; i++)
        {
            var frame = Frame(random, isIPv6, protocol);
            var (addresses, bytes) = isIPv6 ? (22, 32) : (26, 8);
            var hasPorts = protocol is IpProtocols.Tcp or IpProtocols.Udp;
            var input = frame.AsSpan(addresses, bytes + (hasPorts ? 4 : 0)); // ports follow the addresses
            Assert.That(FlowHash.Of(frame), Is.EqualTo(Toeplitz(input)), $"{Convert.ToHexString(frame)}");
        }
    }

    [Test]
    public void Both_directions_of_a_connection_have_one()
    {
        var random = new Random(3);
        var there = Frame(random, isIPv6: false, IpProtocols.Tcp);
        var back = (byte[])there.Clone();
        there.AsSpan(26, 4).CopyTo(back.AsSpan(30));
        there.AsSpan(30, 4).CopyTo(back.AsSpan(26));
        there.AsSpan(34, 2).CopyTo(back.AsSpan(36));
        there.AsSpan(36, 2).CopyTo(back.AsSpan(34));
        Assert.That(back, Is.Not.EqualTo(there));
        Assert.That(FlowHash.Of(back), Is.EqualTo(FlowHash.Of(there)).And.Not.Zero);
    }

    [Test]
    public void A_fragment_has_that_of_its_addresses()
    {
        var frame = Frame(new Random(4), isIPv6: false, IpProtocols.Udp);
        frame[20] = 0x20; // more follow
        Assert.That(FlowHash.Of(frame), Is.EqualTo(Toeplitz(frame.AsSpan(26, 8))));
    }

    [TestCase(0)]
    [TestCase(13)]
    [TestCase(60)]
    public void What_is_no_packet_has_none(int bytes) => Assert.That(FlowHash.Of(new byte[bytes]), Is.Zero);

    /// <summary>As the vendors' documents have it, bit by bit.</summary>
    private static uint Toeplitz(ReadOnlySpan<byte> input)
    {
        uint hash = 0;
        for (var bit = 0; bit < input.Length * 8; bit++)
        {
            if ((input[bit / 8] & (0x80 >> (bit % 8))) == 0) continue;
            for (var i = 0; i < 32; i++)
            {
                if (((FlowHash.Key >> (15 - ((bit + i) % 16))) & 1) != 0) hash ^= 1u << (31 - i);
            }
        }

        return hash;
    }

    private static byte[] Frame(Random random, bool isIPv6, byte protocol)
    {
        var frame = new byte[isIPv6 ? 14 + 40 + 20 : 14 + 20 + 20];
        random.NextBytes(frame);
        var ip = frame.AsSpan(14);
        if (isIPv6)
        {
            (frame[12], frame[13]) = (0x86, 0xDD);
            (ip[0], ip[4], ip[5], ip[6]) = (0x60, 0, 20, protocol);
        }
        else
        {
            (frame[12], frame[13]) = (8, 0);
            (ip[0], ip[2], ip[3], ip[6], ip[7], ip[9]) = (0x45, 0, 40, 0, 0, protocol);
        }

        var transport = ip[(isIPv6 ? 40 : 20)..];
        if (protocol == IpProtocols.Tcp) transport[12] = 0x50;
        if (protocol == IpProtocols.Udp) (transport[4], transport[5]) = (0, 20);
        return frame;
    }
}
