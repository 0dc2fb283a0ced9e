using System.Globalization;

namespace Holdfast.Nfmgr.Devices;

/// <summary>Huge pages of 2 MiB that this machine has reserved.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Free">Those that nobody has.</param>
public readonly record struct HugePages(long Total, long Free)
{
    /// <summary>Bytes of one.</summary>
    public const long Bytes = 2 << 20;

    /// <summary>What the kernel says now; none where it has none.</summary>
    /// <param name="sysfs">Where the kernel's description is mounted.</param>
    public static HugePages Read(string sysfs = "/sys")
    {
        var folder = Path.Combine(sysfs, "kernel/mm/hugepages/hugepages-2048kB");
        return new HugePages(Count("nr_hugepages"), Count("free_hugepages"));

        long Count(string file) =>
            long.TryParse(Sysfs.Line(Path.Combine(folder, file)), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }
}
