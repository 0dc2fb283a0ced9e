using System.Globalization;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Says where the packet pool will lie.</summary>
internal static class CheckMemory
{
    private const long HugePageBytes = 2 << 20;
    private const string FreePages = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";

    /// <summary>Huge pages make some 10 % difference, so their lack is no error.</summary>
    public static CheckResult PacketPool(DaemonConfiguration configuration)
    {
        const string Thing = "packet pool";
        var bytes = ObjectHeader.Bytes
            + (long)configuration.Chain.PacketBuffers * NfLib.Packets.PacketPool.StrideBytes;
        var size = $"{configuration.Chain.PacketBuffers} buffers, {bytes >> 20} MiB";
        if (configuration.HugePages == HugePageUse.Never) return CheckResult.Ok(Thing, $"{size} on ordinary pages");
        var needed = (bytes + HugePageBytes - 1) / HugePageBytes;
        var free = FreeHugePages();
        return free >= needed ? CheckResult.Ok(Thing, $"{size} on {needed} huge pages ({free} free)")
            : CheckResult.Warning(Thing, $"{size} on ordinary pages ({free} huge pages free, {needed} needed)",
                $"for about 10 % more throughput: sysctl vm.nr_hugepages={needed}");
    }

    private static long FreeHugePages()
    {
        try
        {
            return long.Parse(File.ReadAllText(FreePages), NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0; // a kernel without them
        }
    }
}
