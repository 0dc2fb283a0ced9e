using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// The usual mistakes with a port by DPDK, each with its remedy. What only shows when the device is taken, such as how many
/// queues it has, is not here.
/// </summary>
/// <param name="configuration">With at least one such port.</param>
/// <param name="machine">What there is.</param>
/// <param name="readInterface">Reads an interface of the kernel by its name.</param>
/// <param name="interfaceNames">Those that there are.</param>
internal sealed class CheckDpdk(
    DaemonConfiguration configuration,
    DpdkMachine machine,
    Func<string, InterfaceFacts?> readInterface,
    Func<IReadOnlyList<string>> interfaceNames)
{
    private readonly CheckVirtualDevice _virtual = new(machine, readInterface, interfaceNames);

    /// <summary>Both ports of a configuration, as far as it has such ports. Without any, DPDK is not looked for.</summary>
    public static IEnumerable<CheckResult> All(DaemonConfiguration configuration) => Ports(configuration).Length == 0 ? []
        : new CheckDpdk(configuration, DpdkMachine.Read(configuration.DpdkArguments), InterfaceFacts.Read, InterfaceFacts.Names).Judge();

    /// <summary>What is wrong; a line that says ok for each port with which nothing is.</summary>
    internal IEnumerable<CheckResult> Judge()
    {
        // Its text has the remedy.
        if (machine.Missing is { } missing) yield return CheckResult.Error("DPDK", missing, "");
        foreach (var (thing, port) in Ports(configuration))
        {
            var device = port.Device;
            var isFine = true;
            foreach (var result in device.IsPci ? Pci(thing, device.Name) : _virtual.Judge(thing, device))
            {
                isFine = false;
                yield return result;
            }

            if (isFine && machine.Missing is null) yield return CheckResult.Ok(thing, Describe(device));
        }

        foreach (var result in Shared().Concat(Memory())) yield return result;
    }

    private static (string Thing, DpdkPortSection Port)[] Ports(DaemonConfiguration configuration) =>
        [.. new[] { ("left port", configuration.Chain.Left as DpdkPortSection), ("right port", configuration.Chain.Right as DpdkPortSection) }
            .Where(one => one.Item2 is not null).Select(one => (one.Item1, one.Item2!))];

    private string Describe(DeviceName device)
    {
        if (Find(device.Name) is not { } pci) return $"{device} ({device.Driver})";
        var driver = DpdkDriver.For(pci, machine.Drivers ?? [])?.Name ?? "unknown driver";
        return $"{device} ({driver}, {pci.KernelDriver}{(pci.NumaNode >= 0 ? $", NUMA node {pci.NumaNode}" : "")})";
    }

    private IEnumerable<CheckResult> Pci(string thing, string address)
    {
        if (Find(address) is not { } device)
        {
            var known = machine.Devices.Select(other => other.Address).ToArray();
            yield return CheckResult.Error(thing, $"this machine has no PCI network device {address}",
                (known.Length > 0 ? $"{Spelling.Suggest(address, known)} " : "") + "`nfmgr devices` lists what there is");
            yield break;
        }

        foreach (var obstacle in PciObstacle.Of(device, machine))
        {
            yield return obstacle.IsCertain ? CheckResult.Error(thing, obstacle.Problem, obstacle.Remedy)
                : CheckResult.Warning(thing, obstacle.Problem, obstacle.Remedy);
        }
    }

    private PciDevice? Find(string address) => machine.Devices.FirstOrDefault(device => device.Address == address);

    /// <summary>Two devices on one interface of the kernel would send each frame round in a circle.</summary>
    private IEnumerable<CheckResult> Shared()
    {
        var sides = new[] { configuration.Chain.Left, configuration.Chain.Right }.Select(port => port switch
        {
            DpdkPortSection dpdk => CheckVirtualDevice.InterfacesOf(dpdk.Device),
            InterfacePortSection { Interface: var name } => [name],
            _ => [],
        }).ToArray();
        foreach (var name in sides[0].Intersect(sides[1]))
            yield return CheckResult.Error("ports", $"both are on {name}", "give each side an interface of its own");
    }

    private IEnumerable<CheckResult> Memory()
    {
        const string Thing = "huge pages";
        var devices = Ports(configuration).Select(one => Find(one.Port.Device.Name)).OfType<PciDevice>().ToArray();
        if (devices.Length == 0) yield break;
        var physical = devices.FirstOrDefault(device => device.NeedsPhysicalAddresses);
        if (configuration.HugePages == HugePageUse.Never)
        {
            if (physical is not null)
                yield return CheckResult.Error(Thing, $"{physical.Address} ({physical.KernelDriver}) works without an IOMMU and needs the packet pool on huge pages, "
                    + "which the configuration forbids", "write \"hugePages\": \"auto\", or turn the IOMMU on");
            yield break;
        }

        var needed = CheckMemory.HugePagesOfPool(configuration) + (DpdkNeeds.Bytes(configuration.Chain.PacketBuffers) / HugePages.Bytes) + 1;
        var (total, free) = machine.HugePages;
        if (free >= needed) yield break;
        var found = $"{free} free, {needed} needed for the packet pool and for DPDK";
        var remedy = $"sysctl -w vm.nr_hugepages={total - free + needed}";
        yield return physical is not null
            ? CheckResult.Error(Thing, $"{found}: {physical.Address} ({physical.KernelDriver}) works without an IOMMU, and other pages have no lasting place in memory", remedy)
            : CheckResult.Warning(Thing, $"{found}, which do with ordinary pages, but more slowly", remedy);
    }
}
