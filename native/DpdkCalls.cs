using System.Runtime.InteropServices;

namespace Holdfast.Native;

/// <summary>The functions of shim/holdfast_dpdk.h, which says what each does and who may call it. After
/// <see cref="DpdkEnvironment.Load"/> only.</summary>
internal static unsafe partial class DpdkCalls
{
    // Safe: pointers pass through for the length of a call, with the number of elements that their memory has; the shim keeps
    // none but those of the packet pool, which outlives it. Pools and ports are opaque, and used by who made them.

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_dpdk_version")]
    internal static partial nint DpdkVersion();

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_driver_directory")]
    internal static partial nint DriverDirectory();

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_start")]
    internal static partial int Start(int count, nint[] arguments);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_uses_physical_addresses")]
    internal static partial int UsesPhysicalAddresses();

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_log")]
    internal static partial int Log(byte[] text, int size);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_log_clear")]
    internal static partial void ClearLog();

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_create")]
    internal static partial int CreatePool(in DpdkMemoryArea memory, out nint pool);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_can_lend")]
    internal static partial int CanLend(nint pool, uint buffer);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_lend")]
    internal static partial void Lend(nint pool, uint* buffers, uint count);

    [SuppressGCTransition] // reads a number
    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_here")]
    internal static partial uint Here(nint pool);

    [SuppressGCTransition] // reads a number
    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_lent")]
    internal static partial uint Lent(nint pool);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_take")]
    internal static partial uint Take(nint pool, uint* buffers, uint count, uint reserve);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_pool_destroy")]
    internal static partial uint DestroyPool(nint pool);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_port_open", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenPort(nint pool, string device, in DpdkRequest request, out DpdkFacts facts, out nint port);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_port_start")]
    internal static partial int StartPort(nint port, ref DpdkFacts facts);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_counters")]
    internal static partial int Counters(nint port, out DpdkCounters counters);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_link")]
    internal static partial int Link(nint port, out DpdkLink link);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_reclaim")]
    internal static partial void Reclaim(nint port);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_port_close")]
    internal static partial void ClosePort(nint port);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_receive")]
    internal static partial uint Receive(nint port, uint* lent, uint lentCount, DpdkFrame* frames, uint count);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_send")]
    internal static partial uint Send(nint port, DpdkFrame* frames, uint count);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_nothing")]
    internal static partial uint Nothing(nint port, uint* lent, uint lentCount, DpdkFrame* frames, uint count);

    [LibraryImport(DpdkEnvironment.Library, EntryPoint = "hf_layout")]
    internal static partial uint Layout(uint[] numbers, uint count);
}
