using System.Buffers.Binary;
using Holdfast.NfLib.Pcap;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Pcap;

/// <summary>Files that are not what they should be get an error that says what to do.</summary>
public sealed class PcapRefusalTests
{
    private const int LinkType = 20;
    private const int SnapLength = 16;
    private const int Fraction = 24 + 4;
    private const int Captured = 24 + 8;
    private const int Original = 24 + 12;

    [TestCase(0x0a0d0d0au, "pcapng", "editcap -F nsecpcap")]
    [TestCase(0x08088b1fu, "gzip", "gunzip")]
    [TestCase(0xa1b2cd34u, "magic number", "editcap -F nsecpcap")]
    [TestCase(0u, "magic number 0x00000000", "editcap -F nsecpcap")]
    public void Other_formats_are_named_with_a_remedy(uint magic, string what, string remedy)
    {
        var fault = Refused(With(0, magic));

        Assert.That(fault.Offset, Is.Zero);
        Assert.That(fault.File, Is.EqualTo("test.pcap"));
        Assert.That(fault.Message, Does.Contain("test.pcap").And.Contain(what).And.Contain(remedy));
    }

    [TestCase(0u)]
    [TestCase(113u, TestName = "Linux cooked")]
    [TestCase(0x14000001u, TestName = "Ethernet with frame check sequence")]
    public void Other_link_types_are_refused(uint linkType) =>
        Assert.That(Refused(With(LinkType, linkType)).Message, Does.Contain($"0x{linkType:x}"));

    [Test]
    public void Other_versions_are_refused() =>
        Assert.That(Refused(With(4, 0x0003_0002)).Message, Does.Contain("2.3"));

    [TestCase(262_145u)]
    [TestCase(0x7fff_ffffu)]
    [TestCase(0x8000_0000u)]
    [TestCase(0xffff_ffffu)]
    public void Hostile_lengths_are_refused(uint length)
    {
        var fault = Refused(With(Captured, length));

        Assert.That(fault.Offset, Is.EqualTo(Captured));
        Assert.That(fault.Message, Does.Contain($"{length}").And.Contain("262144"));
    }

    [Test]
    public void A_record_longer_than_the_snap_length_is_refused() =>
        Assert.That(Refused(With(SnapLength, 59)).Message, Does.Contain("60").And.Contain("59"));

    [TestCase(0u)]
    [TestCase(0xffff_ffffu)]
    public void A_snap_length_without_meaning_stands_for_no_limit(uint snapLength)
    {
        using var reader = Open(With(SnapLength, snapLength));

        Assert.That(reader.SnapLength, Is.EqualTo(262_144));
        Assert.That(reader.TryRead(out _), Is.True);
    }

    [TestCase(59u)]
    [TestCase(0x8000_0000u)]
    public void An_impossible_original_length_is_refused(uint original) =>
        Assert.That(Refused(With(Original, original)).Offset, Is.EqualTo(Original));

    [Test]
    public void A_sliced_frame_tells_its_original_length()
    {
        using var reader = Open(With(Original, 9_000));

        Assert.That(reader.TryRead(out var record), Is.True);
        Assert.That((record.Data.Length, record.OriginalLength), Is.EqualTo((60, 9_000)));
    }

    [Test]
    public void A_fraction_of_more_than_a_second_is_refused() =>
        Assert.That(Refused(With(Fraction, 1_000_000_000)).Offset, Is.EqualTo(Fraction));

    [Test]
    public void After_a_fault_reading_does_not_go_on()
    {
        using var reader = Open(With(Captured, 300_000));

        Assert.Throws<PcapFormatException>(() => reader.TryRead(out _));
        Assert.Throws<PcapFormatException>(() => reader.TryRead(out _));
    }

    [Test]
    public void Reading_does_not_allocate_per_record()
    {
        var memory = new MemoryStream();
        using (var writer = PcapWriter.Create(memory))
        {
            for (int i = 0; i < 1_000; i++) writer.Write(i, new byte[100]);
        }

        using var reader = Open(memory.ToArray());
        reader.TryRead(out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = 0;
        while (reader.TryRead(out _)) count++;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That((count, allocated), Is.EqualTo((999, 0L)));
    }

    [Test]
    public void The_writer_refuses_what_the_format_can_not_hold()
    {
        using var writer = PcapWriter.Create(new MemoryStream());

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(-1, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write((uint.MaxValue + 1L) * 1_000_000_000, [1]));
        Assert.Throws<ArgumentException>(() => writer.Write(0, new byte[262_145]));
    }

    [Test]
    public void Files_are_written_and_read_by_path()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (var writer = PcapWriter.Create(path))
            {
                writer.Write(1, [1, 2, 3]);
                writer.Flush();
                Assert.That(new FileInfo(path).Length, Is.EqualTo(24 + 16 + 3));
            }

            using var reader = PcapReader.Open(path);
            Assert.That(reader.TryRead(out var record), Is.True);
            Assert.That(record.Data.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A good little-endian capture of one 60-byte frame, but for one number.</summary>
    private static byte[] With(int offset, uint value)
    {
        var memory = new MemoryStream();
        bool swapped = !BitConverter.IsLittleEndian;
        using (var writer = PcapWriter.Create(memory, swapped: swapped)) writer.Write(1, new byte[60]);
        byte[] file = memory.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset), value);
        return file;
    }

    private static PcapReader Open(byte[] file) => PcapReader.Open(new MemoryStream(file), "test.pcap");

    private static PcapFormatException Refused(byte[] file) => Assert.Throws<PcapFormatException>(() =>
    {
        using var reader = Open(file);
        reader.TryRead(out _);
    })!;
}
