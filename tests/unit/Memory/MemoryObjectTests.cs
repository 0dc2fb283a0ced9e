using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Memory;

public sealed unsafe class MemoryObjectTests
{
    [Test]
    public void What_one_mapping_writes_the_other_reads()
    {
        using var made = MemoryObject.Create("test", ObjectKind.Ring, 7, 10_000, count: 3, elementBytes: 8);
        using var mapped = MemoryObject.Map(Syscall.dup(made.Fd), ObjectKind.Ring, 7);
        Assert.That(mapped.Base != made.Base);
        Assert.That(mapped.Bytes, Is.EqualTo(12_288), "whole pages");
        Assert.That((mapped.Header.Count, mapped.Header.ElementBytes), Is.EqualTo((3u, 8u)));
        Assert.That(mapped.Header.TotalBytes, Is.EqualTo(12_288));
        Assert.That(mapped.Header.CreatorProcessId, Is.EqualTo(Environment.ProcessId));
        Assert.That(new ReadOnlySpan<byte>(made.Base + ObjectHeader.Bytes,
            12_288 - ObjectHeader.Bytes).IndexOfAnyExcept((byte)0),
            Is.EqualTo(-1), "fresh memory is zeroed");

        made.Base[12_287] = 42;
        Assert.That(mapped.Base[12_287], Is.EqualTo(42));
    }

    [Test]
    public void It_can_neither_shrink_nor_grow_nor_lose_its_seals()
    {
        using var made = MemoryObject.Create("test", ObjectKind.Ring, 1, 8192);
        Assert.That((Syscall.ftruncate(made.Fd, 4096), Stdlib.GetLastError()), Is.EqualTo((-1, Errno.EPERM)));
        Assert.That((Syscall.ftruncate(made.Fd, 16384), Stdlib.GetLastError()), Is.EqualTo((-1, Errno.EPERM)));
        Assert.That(Libc.Fcntl(made.Fd, Libc.F_GET_SEALS, 0) & 7,
            Is.EqualTo(Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW));
    }

    [Test]
    public void A_read_only_mapping_is_one_for_the_kernel_too()
    {
        using var made = MemoryObject.Create("readonly-test", ObjectKind.ChainControl, 1, 4096);
        using var mapped = MemoryObject.Map(Syscall.dup(made.Fd), ObjectKind.ChainControl, 1, readOnly: true);
        var lines = File.ReadAllLines("/proc/self/maps").Where(l =>
            l.Contains("memfd:readonly-test", StringComparison.Ordinal));
        Assert.That(lines.Select(l => l.Split(' ')[1]), Is.EquivalentTo(new[] { "rw-s", "r--s" }));
    }

    [TestCase(ObjectKind.StateBlock, 1u, "StateBlock: it is a Ring")]
    [TestCase(ObjectKind.Ring, 2u, "Ring: layout version 1, this program knows 2; use one build everywhere")]
    public void Another_kind_or_version_is_refused(ObjectKind kind, uint version, string message)
    {
        using var made = MemoryObject.Create("test", ObjectKind.Ring, 1, 4096);
        AssertRefused(Syscall.dup(made.Fd), kind, version, message);
    }

    [Test]
    public void Unsealed_memory_is_refused() =>
        AssertRefused(Unsealed(4096, seal: false), ObjectKind.Ring, 1, "not sealed against shrinking");

    [Test]
    public void What_is_no_memfd_is_refused() =>
        AssertRefused(Syscall.open("/dev/zero", OpenFlags.O_RDWR), ObjectKind.Ring, 1, "not sealed against shrinking");

    [TestCase(0)]
    [TestCase(63)]
    public void Less_than_a_header_is_refused(int bytes) =>
        AssertRefused(Unsealed(bytes, seal: true), ObjectKind.Ring, 1, "smaller than a header");

    [Test]
    public void What_has_no_magic_is_refused() =>
        AssertRefused(Unsealed(4096, seal: true), ObjectKind.Ring, 1, "is not a Holdfast object's");

    [Test]
    public void A_header_that_claims_more_than_there_is_is_refused()
    {
        using var made = MemoryObject.Create("test", ObjectKind.Ring, 1, 4096);
        made.Header.TotalBytes = 4097;
        AssertRefused(Syscall.dup(made.Fd), ObjectKind.Ring, 1, "claims 4097 bytes but has 4096");
    }

    [Test]
    public void Without_reserved_huge_pages_ordinary_ones_are_used()
    {
        using var made = MemoryObject.Create("test", ObjectKind.PacketPool, 1, 4096, preferHugePages: true);
        Assert.That(made.Bytes, Is.EqualTo(made.OnHugePages ? 2 << 20 : 4096));
        made.Base[made.Bytes - 1] = 1;
    }

    [Test]
    public void Plain_memory_is_zeroed_and_aligned_as_a_mapping_is()
    {
        using var plain = MemoryObject.OnHeap(ObjectKind.Ring, 1, 5000);
        Assert.That((long)plain.Base % 4096, Is.Zero);
        Assert.That(plain.Fd, Is.EqualTo(-1));
        Assert.That(new ReadOnlySpan<byte>(plain.Base + ObjectHeader.Bytes,
            5000 - ObjectHeader.Bytes).IndexOfAnyExcept((byte)0),
            Is.EqualTo(-1));
    }

    [Test]
    public void Disposing_closes_the_descriptor_and_may_be_repeated()
    {
        var made = MemoryObject.Create("test", ObjectKind.Ring, 1, 4096);
        var fd = made.Fd;
        made.Dispose();
        made.Dispose();
        Assert.That(made.Base == null);
        Assert.That(IsOpen(fd), Is.False);
    }

    private static void AssertRefused(int fd, ObjectKind kind, uint version, string message)
    {
        Assert.That(() => MemoryObject.Map(fd, kind, version),
            Throws.TypeOf<MemoryObjectException>().With.Message.Contains(message));
        Assert.That(IsOpen(fd), Is.False, "the refused descriptor does not leak");
    }

    private static int Unsealed(long bytes, bool seal)
    {
        var fd = Libc.MemfdCreate("test", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        Assert.That(Syscall.ftruncate(fd, bytes), Is.Zero, Marshal.GetLastPInvokeErrorMessage());
        if (seal) Assert.That(Libc.Fcntl(fd, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK), Is.Zero);
        return fd;
    }

    private static bool IsOpen(int fd) => Syscall.fcntl(fd, FcntlCommand.F_GETFD) >= 0;
}
