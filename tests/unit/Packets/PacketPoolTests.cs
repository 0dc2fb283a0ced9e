using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Packets;

public sealed class PacketPoolTests
{
    [Test]
    public void A_frame_lies_behind_the_head_room_and_nowhere_else()
    {
        using var pool = PacketPool.OnHeap(3);
        var frame = Enumerable.Range(0, PacketPool.MaxFrameBytes).Select(i => (byte)(i | 1)).ToArray();
        pool.Fill(1, frame);
        Assert.That(pool.Frame(1).SequenceEqual(frame));
        Assert.That(pool.Buffer(1)[PacketPool.HeadRoom..].SequenceEqual(frame));
        Assert.That((pool.Metadata(1).Offset, pool.Metadata(1).Length),
            Is.EqualTo((PacketPool.HeadRoom, PacketPool.MaxFrameBytes)));
        foreach (var other in new uint[] { 0, 2 })
            Assert.That(pool.Buffer(other).IndexOfAnyExcept((byte)0), Is.EqualTo(-1), "neighbours are untouched");
    }

    [Test]
    public void A_frame_that_does_not_fit_is_refused()
    {
        using var pool = PacketPool.OnHeap(2);
        Assert.That(() => pool.Fill(0, new byte[PacketPool.MaxFrameBytes + 1]), Throws.ArgumentException);
        Assert.That(pool.Buffer(1).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    [TestCase(2u)]
    [TestCase(uint.MaxValue)]
    public void An_index_outside_is_refused(uint index)
    {
        using var pool = PacketPool.OnHeap(2);
        Assert.That(() => pool.Buffer(index).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => pool.Frame(index).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => pool.Metadata(index).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0, 2304, ExpectedResult = 2304)]
    [TestCase(2304, 0, ExpectedResult = 0)]
    [TestCase(1, 2304, ExpectedResult = 0)]
    [TestCase(65535, 65535, ExpectedResult = 0)]
    [TestCase(2304, 1, ExpectedResult = 0)]
    public int Metadata_that_points_outside_gives_an_empty_frame(int offset, int length)
    {
        using var pool = PacketPool.OnHeap(1);
        pool.Metadata(0).Offset = (ushort)offset;
        pool.Metadata(0).Length = (ushort)length;
        return pool.Frame(0).Length;
    }

    [Test]
    public void Another_process_sees_the_same_packets()
    {
        using var pool = PacketPool.Create(16, preferHugePages: false);
        using var other =
            new PacketPool(MemoryObject.Map(Syscall.dup(pool.Memory.Fd), ObjectKind.PacketPool, PacketPool.Version));
        Assert.That(other.Count, Is.EqualTo(16));
        pool.Fill(15, "frame"u8);
        Assert.That(other.Frame(15).SequenceEqual("frame"u8));
    }

    [TestCase(0u, PacketPool.BufferBytes)]
    [TestCase(17u, PacketPool.BufferBytes)]
    [TestCase(uint.MaxValue, PacketPool.BufferBytes)]
    [TestCase(16u, 2048)]
    public void A_header_that_promises_what_is_not_there_is_refused(uint count, int bufferBytes)
    {
        using var pool = PacketPool.OnHeap(16);
        pool.Memory.Header.Count = count;
        pool.Memory.Header.ElementBytes = (uint)bufferBytes;
        Assert.That(() => new PacketPool(pool.Memory), Throws.TypeOf<MemoryObjectException>());
    }
}
