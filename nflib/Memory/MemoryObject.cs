using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace Holdfast.NfLib.Memory;

/// <summary>
/// One object of memory: a sealed memfd that other processes can map, or plain memory for tests, reference runs
/// and the simulator. Positions inside are offsets, so nobody depends on the address it is mapped at.
/// </summary>
public sealed unsafe class MemoryObject : IDisposable
{
    // Safe: Base holds for Bytes until Dispose, and seals keep the file from shrinking under the mapping. Here only the
    // header is touched, which every object has room for; views check their layout against Bytes when they are made.
    private const long HugePageBytes = 2 << 20;
    private readonly bool _mapped;
    private byte* _base;

    private MemoryObject(byte* start, long bytes, int fd, bool mapped)
    {
        _base = start;
        Bytes = bytes;
        Fd = fd;
        _mapped = mapped;
    }

    /// <summary>First byte (the header). Null once disposed.</summary>
    public byte* Base => _base;

    /// <summary>Size of the mapping in bytes, header included.</summary>
    public long Bytes { get; }

    /// <summary>The memfd, to be passed to another process; -1 for plain memory.</summary>
    public int Fd { get; }

    public bool OnHugePages { get; private init; }

    public ref ObjectHeader Header => ref *(ObjectHeader*)_base;

    /// <summary>Creates a memfd of <paramref name="bytes"/> zeroed bytes, sealed against shrinking and growing, and
    /// maps it. Huge pages are used when asked for and reserved, else ordinary pages.</summary>
    /// <exception cref="MemoryObjectException">The kernel refused.</exception>
    public static MemoryObject Create(string name, ObjectKind kind, uint layoutVersion, long bytes,
        uint count = 0, uint elementBytes = 0, bool preferHugePages = false)
    {
        var created = preferHugePages ? TryCreate(name, RoundUp(bytes, HugePageBytes), huge: true) : null;
        created ??= TryCreate(name, RoundUp(bytes, Environment.SystemPageSize), huge: false)
            ?? throw new MemoryObjectException(
                $"memory object '{name}': the kernel refused {bytes} bytes ({Marshal.GetLastPInvokeErrorMessage()}); " +
                "free memory or lower the pool size");
        created.WriteHeader(kind, layoutVersion, count, elementBytes);
        return created;
    }

    /// <summary>Plain zeroed memory with the same layout, for code that steps a chain inside one process.</summary>
    public static MemoryObject OnHeap(ObjectKind kind, uint layoutVersion, long bytes, uint count = 0,
        uint elementBytes = 0)
    {
        // Aligned as a mapping would be, so that line and cache-line arithmetic is the same.
        var start = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        NativeMemory.Clear(start, (nuint)bytes);
        var created = new MemoryObject(start, bytes, -1, mapped: false);
        created.WriteHeader(kind, layoutVersion, count, elementBytes);
        return created;
    }

    /// <summary>Maps an object received from another process after checking that it can not shrink under us and that
    /// its header says what we expect. Takes over <paramref name="fd"/>.</summary>
    /// <param name="fd">The memfd.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="layoutVersion">And in which layout.</param>
    /// <param name="readOnly">Whether writing to it must fault.</param>
    /// <exception cref="MemoryObjectException">Not sealed, too small, or of another kind or version.</exception>
    public static MemoryObject Map(int fd, ObjectKind kind, uint layoutVersion, bool readOnly = false)
    {
        try
        {
            // A file that can shrink would turn every later access into SIGBUS.
            var seals = Libc.Fcntl(fd, Libc.F_GET_SEALS, 0);
            if (seals < 0 || (seals & Libc.F_SEAL_SHRINK) == 0)
                throw new MemoryObjectException($"{kind}: the received memory is not sealed against shrinking");
            if (Syscall.fstat(fd, out var stat) != 0 || stat.st_size < ObjectHeader.Bytes)
                throw new MemoryObjectException($"{kind}: the received memory is smaller than a header");
            var protection = readOnly ? MmapProts.PROT_READ : MmapProts.PROT_READ | MmapProts.PROT_WRITE;
            // Mono.Posix drops flags that it does not know, so only MAP_SHARED is asked for here.
            var start = Syscall.mmap(IntPtr.Zero, (ulong)stat.st_size, protection, MmapFlags.MAP_SHARED, fd, 0);
            if (start == -1)
                throw new MemoryObjectException($"{kind}: mmap of {stat.st_size} bytes failed: {Stdlib.GetLastError()}");
            var mapped = new MemoryObject((byte*)start, stat.st_size, fd, mapped: true);
            mapped.CheckHeader(kind, layoutVersion);
            return mapped;
        }
        catch
        {
            _ = Libc.Close(fd);
            throw;
        }
    }

    /// <summary>Maps every page now rather than at its first touch. A kernel before 5.14 does not; nothing depends on it.</summary>
    public void Populate(bool readOnly = false)
    {
        if (_mapped) _ = Libc.Madvise(_base, (nuint)Bytes, readOnly ? Libc.MADV_POPULATE_READ : Libc.MADV_POPULATE_WRITE);
    }

    public void Dispose()
    {
        if (_base == null) return;
        if (_mapped) _ = Syscall.munmap((IntPtr)_base, (ulong)Bytes);
        else NativeMemory.AlignedFree(_base);
        if (Fd >= 0) _ = Libc.Close(Fd);
        _base = null;
    }

    internal static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;

    private static MemoryObject? TryCreate(string name, long bytes, bool huge)
    {
        var flags = Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING | (huge ? Libc.MFD_HUGETLB : 0);
        var fd = Libc.MemfdCreate(name, flags | Libc.MFD_NOEXEC_SEAL);
        if (fd < 0) fd = Libc.MemfdCreate(name, flags); // kernels before 6.3 do not know MFD_NOEXEC_SEAL
        if (fd < 0) return null;
        // With too few huge pages reserved ftruncate succeeds and only mmap fails.
        if (Syscall.ftruncate(fd, bytes) == 0)
        {
            var start = Syscall.mmap(IntPtr.Zero, (ulong)bytes, MmapProts.PROT_READ | MmapProts.PROT_WRITE,
                MmapFlags.MAP_SHARED, fd, 0);
            if (start != -1)
            {
                _ = Libc.Fcntl(fd, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_SEAL);
                return new MemoryObject((byte*)start, bytes, fd, mapped: true) { OnHugePages = huge };
            }
        }

        _ = Libc.Close(fd);
        return null;
    }

    private void WriteHeader(ObjectKind kind, uint layoutVersion, uint count, uint elementBytes)
    {
        Header = new ObjectHeader
        {
            Magic = ObjectHeader.ExpectedMagic,
            Kind = (uint)kind,
            LayoutVersion = layoutVersion,
            TotalBytes = (ulong)Bytes,
            CreatorProcessId = Environment.ProcessId,
            Count = count,
            ElementBytes = elementBytes,
        };
    }

    private void CheckHeader(ObjectKind kind, uint layoutVersion)
    {
        ref readonly var header = ref Header;
        string? wrong = header switch
        {
            { Magic: not ObjectHeader.ExpectedMagic } => $"magic {header.Magic:x16} is not a Holdfast object's",
            _ when header.Kind != (uint)kind => $"it is a {(ObjectKind)header.Kind}",
            _ when header.LayoutVersion != layoutVersion =>
                $"layout version {header.LayoutVersion}, this program knows {layoutVersion}; use one build everywhere",
            _ when header.TotalBytes > (ulong)Bytes => $"it claims {header.TotalBytes} bytes but has {Bytes}",
            _ => null,
        };
        if (wrong is null) return;
        _ = Syscall.munmap((IntPtr)_base, (ulong)Bytes);
        _base = null;
        throw new MemoryObjectException($"{kind}: {wrong}");
    }
}
