using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Devices;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Says where the packet pool will lie.</summary>
internal static class CheckMemory
{
    /// <summary>Huge pages make some 10 % difference, so their lack is no error.</summary>
    public static CheckResult PacketPool(DaemonConfiguration configuration)
    {
        const string Thing = "packet pool";
        var bytes = PoolBytes(configuration);
        var size = $"{configuration.Chain.PacketBuffers} buffers, {bytes >> 20} MiB";
        if (configuration.HugePages == HugePageUse.Never) return CheckResult.Ok(Thing, $"{size} on ordinary pages");
        var needed = HugePagesOfPool(configuration);
        var free = HugePages.Read().Free;
        return free >= needed ? CheckResult.Ok(Thing, $"{size} on {needed} huge pages ({free} free)")
            : CheckResult.Warning(Thing, $"{size} on ordinary pages ({free} huge pages free, {needed} needed)",
                $"for about 10 % more throughput: sysctl vm.nr_hugepages={needed}");
    }

    /// <summary>As many as the packet pool fills.</summary>
    public static long HugePagesOfPool(DaemonConfiguration configuration) => (PoolBytes(configuration) + HugePages.Bytes - 1) / HugePages.Bytes;

    private static long PoolBytes(DaemonConfiguration configuration) =>
        ObjectHeader.Bytes + (long)configuration.Chain.PacketBuffers * NfLib.Packets.PacketPool.StrideBytes;
}
