using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

public sealed class InternetChecksumTests
{
    [Test]
    public void Sums_the_example_of_RFC_1071() =>
        Assert.That(InternetChecksum.Sum([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]), Is.EqualTo(0xDDF2));

    [Test]
    public void Updates_the_example_of_RFC_1624() =>
        Assert.That(InternetChecksum.Update(0xDD2F, 0x5555, 0x3285), Is.Zero);

    [Test]
    public void Updating_equals_computing_anew()
    {
        var random = new Random(1624);
        var bytes = new byte[61];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            if (i % 4 == 0) bytes.AsSpan(4).Clear(); // sums near all zeroes and all ones
            var checksum = (ushort)~InternetChecksum.Sum(bytes);
            var at = 2 * random.Next(0, 28);
            var from = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            var to = i % 3 == 0 ? uint.MaxValue : (uint)random.NextInt64(1L << 32);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), to);
            var expected = LongChecksum.Of(bytes);
            var updated = InternetChecksum.Update(checksum, from, to);
            // 0x0000 and 0xFFFF are the same number.
            Assert.That(updated % 0xFFFF, Is.EqualTo(BinaryPrimitives.ReadUInt16BigEndian(expected) % 0xFFFF));
        }
    }
}
