using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

public sealed class Crc32CTests
{
    /// <summary>The examples of RFC 3720, B.4, and the usual check string.</summary>
    private static IEnumerable<TestCaseData> Known()
    {
        yield return new TestCaseData(new byte[32], 0x8A9136AAu).SetArgDisplayNames("zeros");
        yield return new TestCaseData(Enumerable.Repeat((byte)0xFF, 32).ToArray(), 0x62A8AB43u).SetArgDisplayNames("ones");
        yield return new TestCaseData(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), 0x46DD794Eu).SetArgDisplayNames("rising");
        yield return new TestCaseData(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray(), 0x113FDB5Cu).SetArgDisplayNames("falling");
        yield return new TestCaseData("123456789"u8.ToArray(), 0xE3069283u).SetArgDisplayNames("digits");
        yield return new TestCaseData(Array.Empty<byte>(), 0u).SetArgDisplayNames("nothing");
    }

    [TestCaseSource(nameof(Known))]
    public void Known_bytes_have_the_known_value(byte[] bytes, uint value) => Assert.That(Crc32C.Of(bytes), Is.EqualTo(value));

    [Test]
    public void Any_length_at_any_alignment_agrees_with_the_definition()
    {
        var bytes = new byte[200];
        new Random(1).NextBytes(bytes);
        for (var start = 0; start < 9; start++)
        {
            for (var length = 0; length < 100; length++)
            {
                var part = bytes.AsSpan(start, length);
                Assert.That(Crc32C.Of(part), Is.EqualTo(BitByBit(part)), $"{length} bytes from {start}");
            }
        }
    }

    private static uint BitByBit(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
        }

        return ~crc;
    }
}
