using Holdfast.NfLib.Pcap;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Pcap;

/// <summary>What the writer writes, the reader reads, in all four variants of the format.</summary>
[TestFixtureSource(nameof(Variants))]
public sealed class PcapRoundTripTests(PcapResolution resolution, bool swapped)
{
    private const long Time = 1_767_225_600_123_456_789;

    public static IEnumerable<TestFixtureData> Variants()
    {
        foreach (var resolution in Enum.GetValues<PcapResolution>())
        {
            yield return new TestFixtureData(resolution, false);
            yield return new TestFixtureData(resolution, true);
        }
    }

    [Test]
    public void Frames_times_and_variant_come_back()
    {
        byte[][] frames = [[], [1], Bytes(60), Bytes(1_514), Bytes(9_000)];

        using var reader = Read(CaptureOf(frames));

        Assert.That((reader.Resolution, reader.IsSwapped), Is.EqualTo((resolution, swapped)));
        for (int i = 0; i < frames.Length; i++)
        {
            Assert.That(reader.TryRead(out var record), Is.True);
            Assert.That(record.Data.ToArray(), Is.EqualTo(frames[i]));
            Assert.That(record.OriginalLength, Is.EqualTo(frames[i].Length));
            Assert.That(record.Time, Is.EqualTo(Kept(Time + i)));
        }

        Assert.That(reader.TryRead(out _), Is.False);
        Assert.That(reader.TryRead(out _), Is.False);
    }

    [Test]
    public void The_whole_range_of_times_comes_back([Values(0, uint.MaxValue * 1_000_000_000L + 999_999_999)] long time)
    {
        var memory = new MemoryStream();
        using (var writer = PcapWriter.Create(memory, resolution, swapped)) writer.Write(time, [1]);

        using var reader = Read(memory.ToArray());

        Assert.That(reader.TryRead(out var record), Is.True);
        Assert.That(record.Time, Is.EqualTo(Kept(time)));
    }

    [Test]
    public void A_file_cut_anywhere_is_refused_or_shorter()
    {
        byte[] file = CaptureOf(Bytes(3), Bytes(70), Bytes(2_100));
        int[] wholeAt = [24, 24 + 19, 24 + 19 + 86, file.Length];

        for (int length = 0; length <= file.Length; length++)
        {
            byte[] cut = file[..length];
            int whole = Array.IndexOf(wholeAt, length);
            if (whole >= 0)
            {
                Assert.That(CountRecords(cut), Is.EqualTo(whole));
            }
            else
            {
                var fault = Assert.Throws<PcapFormatException>(() => CountRecords(cut));
                Assert.That(fault!.Offset, Is.EqualTo(length), fault.Message);
            }
        }
    }

    [Test]
    public void A_file_with_any_byte_changed_is_read_or_refused([Values(0x01, 0x80, 0xff)] byte change)
    {
        byte[] file = CaptureOf(Bytes(3), Bytes(70));
        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= change;
            try
            {
                Assert.That(CountRecords(changed), Is.LessThanOrEqualTo(2));
            }
            catch (PcapFormatException fault)
            {
                Assert.That(fault.Offset, Is.InRange(0, file.Length));
            }
        }
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private static PcapReader Read(byte[] file) => PcapReader.Open(new MemoryStream(file), "test.pcap");

    private static int CountRecords(byte[] file)
    {
        using var reader = Read(file);
        int count = 0;
        while (reader.TryRead(out _)) count++;
        return count;
    }

    private long Kept(long time) => resolution == PcapResolution.Nanoseconds ? time : time / 1_000 * 1_000;

    private byte[] CaptureOf(params byte[][] frames)
    {
        var memory = new MemoryStream();
        using (var writer = PcapWriter.Create(memory, resolution, swapped))
        {
            for (int i = 0; i < frames.Length; i++) writer.Write(Time + i, frames[i]);
        }

        return memory.ToArray();
    }
}
