using Holdfast.Native;
using Holdfast.Nfmgr.Devices;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>Why a device did not become a port, and what to do: for what `nfmgr check` could not see before.</summary>
internal static class OpenFailure
{
    private const int ENODEV = 19, ENOENT = 2, EPERM = 1, EACCES = 13, EEXIST = 17, ENOMEM = 12, EBUSY = 16;

    public static DpdkException Explain(DpdkDeviceException failure, DeviceName device, int queues)
    {
        var what = failure.Stage switch
        {
            DpdkStage.Probing => "DPDK can't take it",
            DpdkStage.Finding => "it is no Ethernet device",
            DpdkStage.Queues => $"it has {failure.Facts.MostQueues} receive queues, not {queues}",
            DpdkStage.ReceiveQueue => "it can't receive into the packet pool",
            DpdkStage.Mapping => "its IOMMU does not take the packet pool",
            DpdkStage.Starting => "it does not start",
            _ => "it can't be set up",
        };
        return new DpdkException($"device {device.Text}: {what} ({DpdkEnvironment.Describe(failure.Error)}); {Remedy(failure, device)}{failure.Saying}");
    }

    private static string Remedy(DpdkDeviceException failure, DeviceName device) => (failure.Stage, -failure.Error) switch
    {
        (DpdkStage.Queues, _) => $"write \"queues\": {failure.Facts.MostQueues}, or give the device more (net_af_packet and net_tap: as an argument, as qpairs=2)",
        (DpdkStage.Probing, EEXIST or EBUSY) => "another process has it: end that, or name another device",
        (DpdkStage.Probing, EPERM or EACCES) => "run nfmgr as root",
        (DpdkStage.Mapping, ENOMEM) or (DpdkStage.Probing, ENOMEM) => "raise the limit of locked memory (ulimit -l unlimited; LimitMEMLOCK=infinity in a unit)",
        (DpdkStage.ReceiveQueue, _) when device.Driver.Length > 0 => "its driver may refuse external buffers; use another, or a port of type interface",
        (DpdkStage.ReceiveQueue or DpdkStage.SendQueue or DpdkStage.Starting, ENOMEM) =>
            "lower \"descriptors\", or give DPDK more memory (huge pages, or \"dpdk\": { \"arguments\": [\"-m\", \"256\"] })",
        (DpdkStage.Probing, ENODEV or ENOENT) when device.IsPci => "look at `nfmgr devices`: is it there, bound to vfio-pci, and its driver installed?",
        (DpdkStage.Probing, _) when device.IsPci => "look at `nfmgr devices`, and at native/guide.md",
        _ => $"look at the arguments of {device.Name}, and at `nfmgr devices`: is its driver installed (apt-get install dpdk), and may this user use it (run nfmgr as root)?",
    };
}
