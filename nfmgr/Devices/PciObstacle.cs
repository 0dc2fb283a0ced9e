namespace Holdfast.Nfmgr.Devices;

/// <summary>What stands between a PCI device and a port.</summary>
/// <param name="State">In one word.</param>
/// <param name="Problem">What was found.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="IsCertain">The device can't be had; else it may be so, or not be well.</param>
public sealed record PciObstacle(string State, string Problem, string Remedy, bool IsCertain = true)
{
    /// <summary>All of them, the first to mend first; none when the device is ready.</summary>
    public static IReadOnlyList<PciObstacle> Of(PciDevice device, DpdkMachine machine) => [.. Driver(device, machine).Concat(Binding(device, machine))];

    private static IEnumerable<PciObstacle> Driver(PciDevice device, DpdkMachine machine)
    {
        if (machine.Drivers is not { } drivers || DpdkDriver.For(device, drivers) is not null) yield break;
        var packages = DebianPackage.ForVendor(device.Vendor, machine.DriverDirectory);
        yield return new PciObstacle("no-driver", $"no installed driver of DPDK knows {device.Address} ({device.Vendor:x4}:{device.Model:x4})",
            packages.Count == 1 ? $"apt-get install {packages[0]}" : $"install the one of its kind with apt-get: {string.Join(", ", packages)}");
    }

    private static IEnumerable<PciObstacle> Binding(PciDevice device, DpdkMachine machine)
    {
        if (device.IsBifurcated)
        {
            var module = device.KernelDriver is "mana" ? "mana_ib" : device.KernelDriver!.Replace("_core", "_ib", StringComparison.Ordinal);
            if (!device.HasVerbs)
                yield return new PciObstacle("no-verbs", $"{device.Address} ({device.KernelDriver}) has no RDMA device, by which DPDK shares it with the kernel",
                    $"apt-get install rdma-core && modprobe -a ib_uverbs {module}", IsCertain: false);
            yield break;
        }

        if (!device.IsGivenToUserSpace)
        {
            var interfaces = string.Join(", ", device.Interfaces);
            yield return device.KernelDriver is null
                ? new PciObstacle("unbound", $"no driver of the kernel gives {device.Address} to user space", BindCommands(device, machine))
                : new PciObstacle("kernel", $"{device.Address} belongs to the kernel's driver {device.KernelDriver}"
                                            + (interfaces.Length > 0 ? $", as {interfaces}" : ""), BindCommands(device, machine));
            yield break;
        }

        foreach (var obstacle in device.KernelDriver == "vfio-pci" ? Vfio(device, machine) : []) yield return obstacle;
        if (device.NeedsPhysicalAddresses && (!machine.Has(DpdkMachine.SysAdmin) || !machine.Has(DpdkMachine.RawIo)))
            yield return new PciObstacle("no-permission", $"{device.Address} ({device.KernelDriver}) works without an IOMMU, for which user {Environment.UserName} lacks "
                + "CAP_SYS_ADMIN or CAP_SYS_RAWIO", "run nfmgr as root, or turn the IOMMU on and bind the device to vfio-pci");
    }

    private static IEnumerable<PciObstacle> Vfio(PciDevice device, DpdkMachine machine)
    {
        if (device.GroupHeldBy.Count > 0)
        {
            yield return new PciObstacle("group-shared", $"{device.Address} is in one IOMMU group with {string.Join(", ", device.GroupHeldBy)}, and a group "
                + "goes to user space as a whole", "bind the others to vfio-pci too, if nobody here needs them, or put the card into another slot");
        }

        if (device.IommuGroup is not { } group) yield break;
        var file = Path.Combine(machine.DeviceFiles, "vfio", device.IsGroupWithoutIommu ? $"noiommu-{group}" : group);
        string[] files = [Path.Combine(machine.DeviceFiles, "vfio/vfio"), file];
        if (Array.Find(files, needed => !machine.MayOpen(needed)) is { } closed)
            yield return new PciObstacle("no-permission", $"{closed}, by which {device.Address} is reached, can't be opened by user {Environment.UserName}",
                $"run nfmgr as root, or: chown {Environment.UserName} {closed}, and ulimit -l unlimited where nfmgr is started (in a container: --device {closed})");
    }

    /// <summary>What makes a device one of user space, in one line for a shell.</summary>
    private static string BindCommands(PciDevice device, DpdkMachine machine)
    {
        var commands = device.Interfaces.Select(name => $"ip link set dev {name} down").ToList();
        if (!machine.HasVfio) commands.Add("modprobe vfio-pci");
        // Without an IOMMU, vfio-pci refuses devices unless it is told not to.
        var isUnsafe = device.IommuGroup is null && !machine.AllowsVfioWithoutIommu;
        if (isUnsafe) commands.Add("echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
        commands.Add($"dpdk-devbind.py --bind=vfio-pci {device.Address}");
        var line = string.Join(" && ", commands);
        // It may be the one by which somebody is logged in.
        if (device.Interfaces.Count > 0) line = $"if this machine can do without {string.Join(", ", device.Interfaces)}: {line}";
        return isUnsafe ? $"{line} (better turn the IOMMU on first: in the firmware, and intel_iommu=on on the kernel's command line)" : line;
    }
}
