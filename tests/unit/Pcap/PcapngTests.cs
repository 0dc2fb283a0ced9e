using Holdfast.NfLib.Pcap;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Pcap;

/// <summary>pcapng, byte by byte as draft-ietf-opsawg-pcapng has it.</summary>
public sealed class PcapngTests
{
    private const string Section = "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000",
        Interface = "01000000 20000000 01000000 00000000 09000100 09000000 00000000 20000000";

    [Test]
    public void A_file_begins_with_a_section_and_an_interface() =>
        Assert.That(Hex(PcapngWriter.Header), Is.EqualTo(Plain(Section + Interface)));

    [Test]
    public void A_frame_has_its_time_its_bytes_and_its_comment() =>
        Assert.That(Hex(PcapngWriter.Packet(0x0123_4567_89AB_CDEF, [1, 2, 3, 4, 5], "why?é")), Is.EqualTo(Plain(
            "06000000 38000000 00000000 67452301 efcdab89 05000000 05000000 0102030405000000 01000600 7768793fc3a90000 00000000 38000000")));

    [Test]
    public void A_frame_without_bytes_or_comment() =>
        Assert.That(Hex(PcapngWriter.Packet(0, [], "")), Is.EqualTo(Plain(
            "06000000 28000000 00000000 00000000 00000000 00000000 00000000 01000000 00000000 28000000")));

    [TestCase(1022, 1024)]
    [TestCase(1023, 1023)]
    [TestCase(1024, 1024)]
    public void A_long_comment_is_cut_off_between_two_characters(int plain, int kept)
    {
        var block = PcapngWriter.Packet(0, [], new string('a', plain) + "éééé");
        Assert.That(BitConverter.ToUInt16(block, 30), Is.EqualTo(kept));
    }

    [Test]
    public void Only_whole_files_of_ours_may_be_appended_to()
    {
        byte[] whole = [.. PcapngWriter.Header, .. PcapngWriter.Packet(1, [1, 2, 3], "one"), .. PcapngWriter.Packet(2, new byte[100], "two")];
        Assert.That(MayAppendTo(whole), Is.True);
        Assert.That(MayAppendTo(PcapngWriter.Header.ToArray()), Is.True);
        var starts = new[] { PcapngWriter.Header.Length, PcapngWriter.Header.Length + PcapngWriter.Packet(1, [1, 2, 3], "one").Length };
        for (var length = 0; length < whole.Length; length++)
            Assert.That(MayAppendTo(whole[..length]), Is.EqualTo(starts.Contains(length)), $"{length} bytes of it");
        var random = new Random(1);
        for (var round = 0; round < 1000; round++)
        {
            var damaged = whole.ToArray();
            foreach (ref var value in damaged.AsSpan(random.Next(damaged.Length), 1)) value ^= (byte)random.Next(1, 256);
            Assert.That(() => MayAppendTo(damaged), Throws.Nothing);
        }

        var other = whole.ToArray();
        other[^1] ^= 1;
        Assert.That(MayAppendTo(other), Is.False, "its last block does not end");
    }

    private static bool MayAppendTo(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return PcapngWriter.MayAppendTo(stream);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Plain(string hex) => hex.Replace(" ", "");
}
