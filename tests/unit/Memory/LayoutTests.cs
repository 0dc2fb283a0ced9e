using System.Reflection;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Memory;

/// <summary>
/// Where every shared field lies. Two builds that differ here misread each other's memory, so who changes a line of
/// this table raises the layout version of the object as well.
/// </summary>
public sealed class LayoutTests
{
    private static readonly Dictionary<Type, string> Layouts = new()
    {
        [typeof(ObjectHeader)] =
            "64: Magic 0+8, Kind 8+4, LayoutVersion 12+4, TotalBytes 16+8, CreatorProcessId 24+4, " +
            "Count 28+4, ElementBytes 32+4",
        [typeof(PacketMetadata)] = "64: Offset 0+2, Length 2+2, Direction 4+1, FlowHash 8+4, Time 16+8, Clock 24+8",
        [typeof(RingLayout)] = "384: Header 0+64, Tail 128+8, Head 256+8",
        [typeof(Descriptor)] = "8: <Raw>k__BackingField 0+8",
        [typeof(NfStatistics)] =
            "192: PacketsLeftToRight 0+8, PacketsRightToLeft 8+8, Forwarded 16+8, Batches 24+8, Ticks 32+8, TurnedBack 40+8, Dropped 64+128",
        [typeof(NfVitals)] =
            "416: Beat 0+8, Owner 8+4, OwnerThread 12+4, TookOverAt 16+8, FirstOutputAt 24+8, UndoneBatches 32+4, CompletedCommits 36+4, "
            + "CompletedCaptures 40+4, Sleeps 48+8, Stalls 56+8, AllocatedBytes 64+8, Captures 72+8, CapturedLines 80+8, "
            + "ComplaintDescriptor 88+8, ComplaintDirection 96+4, Last 128+272",
        [typeof(LastWords)] = "272: Generation 0+4, TextBytes 4+4, At 8+8, Text 16+256",
        [typeof(LoopState)] = "128: Heads 0+16, Tails 16+16, Returns 32+8, Met 40+16, Joining 56+4, Attempt 64+8",
        [typeof(SavedPacket)] = "16: Buffer 0+4, Offset 4+2, Length 6+2, Direction 8+1",
        [typeof(StateHeader)] = "64: Magic 0+8, Used 8+4, Containers 12+4",
        [typeof(ContainerEntry)] =
            "64: Name 0+24, Kind 24+2, Version 26+2, KeyBytes 28+2, ValueBytes 30+2, Capacity 32+4, Stride 36+4, " +
            "Length 40+4, Fingerprint 48+8",
        [typeof(MapHeader)] = "64: Seed 0+8, Count 8+4, HighWater 12+4, Free 16+2",
        [typeof(PoolHeader)] = "64: Head 0+4, Free 4+4",
        [typeof(FrameHeader)] = "16: Length 0+4, Term 4+4, Tag 8+8",
        [typeof(WireRecord)] = "32: Tag 0+8, Clock 8+8, Time 16+8, Term 24+8",
        [typeof(Announcement)] = "40: Term 0+8, Kind 8+8, CoveredClock 16+8, ClockBase 24+8, Time 32+8",
    };

    public static IEnumerable<Type> Types => Layouts.Keys;

    [TestCaseSource(nameof(Types))]
    public void Every_shared_field_stays_where_it_is(Type type) =>
        Assert.That(LayoutOf(type), Is.EqualTo(Layouts[type]));

    [Test]
    public void No_shared_struct_is_missing_in_the_table()
    {
        // A layout attribute of our own says that other processes see the struct. LibC's are the kernel's.
        var declared = typeof(ObjectHeader).Assembly.GetTypes().Where(t =>
            t is { IsValueType: true, IsEnum: false, IsGenericType: false }
            && (t.IsExplicitLayout || t.GetFields(Fields).Length > 0
                && t.Namespace!.EndsWith(".Wire", StringComparison.Ordinal))
            && t.DeclaringType != typeof(Libc) && t.Name[0] != '<'
                && t.Namespace?.StartsWith("Holdfast", StringComparison.Ordinal) == true);
        Assert.That(declared.Except(Layouts.Keys), Is.Empty);
    }

    [Test]
    public void The_constants_of_the_objects_stay_as_they_are()
    {
        Assert.That(new[] { ObjectHeader.Bytes, PacketPool.BufferBytes, PacketPool.HeadRoom },
            Is.EqualTo(new[] { 64, 2304, 128 }));
        Assert.That(new[] { StateBlock.ChunkMaskOffset, StateBlock.LineMasksOffset, StateBlock.VitalsOffset, StateBlock.LockOffset,
            StateBlock.RecordOffset, StateBlock.BatchMaskOffset, StateBlock.UndoCountOffset, StateBlock.UndoNumbersOffset,
            StateBlock.HeaderLengthsOffset, StateBlock.DataOffset, StateBlock.StatisticsOffset, StateBlock.UndoLinesOffset,
            StateBlock.HeadersOffset, StateBlock.TotalBytes },
            Is.EqualTo(new[] { 64, 128, 256, 832, 896, 1280, 1472, 1536, 3648, 4096, 69632, 69824, 135552, 209792 }));
        Assert.That(new[] { CommitRecord.AttemptOffset, CommitRecord.StatesOffset, CommitRecord.StateBytes, CommitRecord.Bytes },
            Is.EqualTo(new[] { 64, 128, 128, 384 }));
        Assert.That(new[] { DeltaSlots.Count, DeltaSlots.MasksOffset, DeltaSlots.LinesOffset, DeltaSlots.SlotBytes },
            Is.EqualTo(new[] { 4, 64, 192, 192 + 65536 }));
        Assert.That(new[] { FrameRing.TailOffset, FrameRing.HeadOffset, FrameRing.DataOffset, FrameRing.HeaderBytes },
            Is.EqualTo(new[] { 0, 128, 256, 16 }));
        Assert.That(new[] { WireLayout.ToNodeOffset, WireLayout.FromNodeOffset, WireLayout.RecordsOffset },
            Is.EqualTo(new[] { 4096, 4096 + 256 + (1 << 20), 4096 + 2 * (256 + (1 << 20)) }));
        Assert.That(MemoryMarshal.Read<ulong>("HOLDFAST"u8), Is.EqualTo(ObjectHeader.ExpectedMagic));
        Assert.That(MemoryMarshal.Read<ulong>("HFSTATE1"u8), Is.EqualTo(StateHeader.ExpectedMagic));
    }

    [Test]
    public void The_parts_of_a_state_block_do_not_overlap()
    {
        (int Start, int Bytes)[] parts =
        [
            (0, ObjectHeader.Bytes), (StateBlock.ChunkMaskOffset, 8), (StateBlock.LineMasksOffset, StateBlock.Chunks * 2),
            (StateBlock.VitalsOffset, NfVitals.Bytes), (StateBlock.LockOffset, 64), (StateBlock.RecordOffset, CommitRecord.Bytes),
            (StateBlock.BatchMaskOffset, UndoJournal.MaskWords * 8), (StateBlock.UndoCountOffset, 4),
            (StateBlock.UndoNumbersOffset, UndoJournal.Lines * 2), (StateBlock.HeaderLengthsOffset, PacketJournal.LengthsBytes),
            (StateBlock.DataOffset, StateBlock.Bytes), (StateBlock.StatisticsOffset, StateBlock.StatisticsBytes),
            (StateBlock.UndoLinesOffset, UndoJournal.Lines * StateBlock.LineBytes),
            (StateBlock.HeadersOffset, PacketJournal.SavedBytes + PacketJournal.BytesBytes), (StateBlock.TotalBytes, 0),
        ];
        for (var i = 1; i < parts.Length; i++)
        {
            Assert.That(parts[i].Start, Is.GreaterThanOrEqualTo(parts[i - 1].Start + parts[i - 1].Bytes), $"part {i}");
            Assert.That(parts[i].Start % 64, Is.Zero, $"part {i} begins on a line of its own");
        }

        Assert.That(StateBlock.HeadersBytes, Is.EqualTo(PacketJournal.SavedBytes + PacketJournal.BytesBytes));
    }

    // Words that two cores write in turn must not share a line, nor a pair of lines, which the prefetcher joins.
    [TestCase(0, RingLayout.TailOffset, RingLayout.HeadOffset, RingLayout.SlotsOffset)]
    [TestCase(FrameRing.TailOffset, FrameRing.HeadOffset, FrameRing.DataOffset)]
    [TestCase(WireLayout.AnnouncementCountOffset, WireLayout.RecordTailOffset, WireLayout.RecordHeadOffset,
        WireLayout.ToNodeOffset)]
    public void Producer_and_consumer_words_have_cache_lines_of_their_own(params int[] offsets)
    {
        foreach (var (one, next) in offsets.Zip(offsets.Skip(1))) Assert.That(next - one, Is.GreaterThanOrEqualTo(128));
        Assert.That(offsets, Is.All.Matches<int>(o => o % 128 == 0));
    }

    [Test]
    public void Sleep_words_have_cache_lines_of_their_own()
    {
        int[] words = [Doorbells.OffsetOf(0), Doorbells.OffsetOf(1), Doorbells.OffsetOf(2)];
        Assert.That(words, Is.EqualTo(new[] { 64, 128, 192 }));
        int[] wire = [WireLayout.NodeSleepOffset, WireLayout.FarSleepOffset, WireLayout.RefusedOffset];
        Assert.That(wire, Is.EqualTo(new[] { 64, 128, 192 }));
    }

    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static string LayoutOf(Type type) =>
        $"{Marshal.SizeOf(type)}: " + string.Join(", ", type.GetFields(Fields).Select(field =>
            $"{field.Name} {Marshal.OffsetOf(type, field.Name)}+{SizeOf(field.FieldType)}"));

    private static int SizeOf(Type type) =>
        System.Runtime.CompilerServices.RuntimeHelpers.SizeOf(type.TypeHandle);
}
