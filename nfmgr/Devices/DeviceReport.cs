using System.Text.Json.Serialization;

namespace Holdfast.Nfmgr.Devices;

/// <summary>What <c>nfmgr devices --json</c> prints.</summary>
/// <param name="Pci">Network devices on the PCI bus.</param>
/// <param name="Virtual">Installed drivers that make devices without hardware.</param>
/// <param name="HugePagesTotal">Of 2 MiB each.</param>
/// <param name="HugePagesFree">Those that nobody has.</param>
/// <param name="HasIommu">An IOMMU is on.</param>
/// <param name="Dpdk">Such as "DPDK 22.11.11"; absent when it is not there.</param>
/// <param name="DriverDirectory">Where it loads its drivers from.</param>
/// <param name="Missing">What is missing for DPDK, with the remedy; absent when nothing is.</param>
public sealed record DeviceReport(IReadOnlyList<PciReport> Pci, IReadOnlyList<VirtualReport> Virtual, long HugePagesTotal, long HugePagesFree,
    bool HasIommu, string? Dpdk, string? DriverDirectory, string? Missing)
{
    /// <param name="machine">What there is.</param>
    /// <param name="names">What devices are called.</param>
    internal static DeviceReport Of(DpdkMachine machine, IReadOnlyDictionary<(ushort Vendor, ushort Model), string> names) => new(
        [.. machine.Devices.Select(device => PciReport.Of(device, machine, names.GetValueOrDefault((device.Vendor, device.Model))))],
        [.. (machine.Drivers ?? []).Where(driver => driver.IsVirtual).OrderBy(driver => driver.Name, StringComparer.Ordinal)
            .Select(driver => new VirtualReport(driver.Name, driver.Parameters))],
        machine.HugePages.Total, machine.HugePages.Free, machine.HasIommu,
        machine.Drivers is null ? null : machine.Version, machine.Drivers is null ? null : machine.DriverDirectory, machine.Missing);
}

/// <param name="Address">As a port's "device".</param>
/// <param name="Id">Vendor and model, as "8086:1572".</param>
/// <param name="Name">What they are called; absent when unknown.</param>
/// <param name="KernelDriver">The kernel's driver that it is bound to; absent for none.</param>
/// <param name="Interfaces">The kernel's interfaces on it.</param>
/// <param name="DpdkDriver">The driver that DPDK would take; absent when none is installed.</param>
/// <param name="NumaNode">-1 when there is but one, or nobody knows.</param>
/// <param name="IommuGroup">Absent without an IOMMU.</param>
/// <param name="NeedsPhysicalAddresses">No IOMMU translates for it.</param>
/// <param name="State">ready, or what is in the way in one word.</param>
/// <param name="Obstacles">What must be done, in this order.</param>
public sealed record PciReport(string Address, string Id, string? Name, string? KernelDriver, IReadOnlyList<string> Interfaces, string? DpdkDriver,
    int NumaNode, string? IommuGroup, bool NeedsPhysicalAddresses, string State, IReadOnlyList<ObstacleReport> Obstacles)
{
    internal static PciReport Of(PciDevice device, DpdkMachine machine, string? name)
    {
        var obstacles = PciObstacle.Of(device, machine);
        // Whether DPDK knows the device can't be told where there is none.
        var state = obstacles.Count > 0 ? obstacles[0].State : machine.Drivers is null ? "no-dpdk" : "ready";
        return new PciReport(device.Address, $"{device.Vendor:x4}:{device.Model:x4}", name, device.KernelDriver, device.Interfaces,
            Devices.DpdkDriver.For(device, machine.Drivers ?? [])?.Name, device.NumaNode, device.IsGroupWithoutIommu ? null : device.IommuGroup,
            device.NeedsPhysicalAddresses, state, [.. obstacles.Select(obstacle => new ObstacleReport(obstacle.State, obstacle.Problem, obstacle.Remedy))]);
    }
}

/// <param name="State">In one word.</param>
/// <param name="Problem">What was found.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record ObstacleReport(string State, string Problem, string Remedy);

/// <param name="Driver">With a number behind it, a port's "device".</param>
/// <param name="Parameters">What may stand behind that, after commas, in DPDK's own words.</param>
public sealed record VirtualReport(string Driver, string Parameters);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeviceReport))]
internal sealed partial class DeviceJson : JsonSerializerContext;
