using System.Globalization;
using System.Text;

namespace Holdfast.Nfmgr.Devices;

/// <summary>A report on devices as a person reads it.</summary>
internal static class DeviceText
{
    public static string Of(DeviceReport report)
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");

        Line("PCI network devices:");
        if (report.Pci.Count == 0) Line("  none");
        foreach (var device in report.Pci) Pci(device, Line);
        Line("");
        Line("virtual drivers (a device is the name, a number, and parameters after commas):");
        if (report.Virtual.Count == 0) Line("  none");
        foreach (var driver in report.Virtual) Line($"  {driver.Driver,-16} {driver.Parameters}".TrimEnd());
        Line("");
        Line($"huge pages   {report.HugePagesTotal} of 2 MiB, {report.HugePagesFree} free");
        Line($"IOMMU        {(report.HasIommu ? "on" : "off, or there is none")}");
        Line($"DPDK         {(report.Dpdk is { } version ? $"{version}, drivers in {report.DriverDirectory}" : "MISSING")}");
        if (report.Missing is { } missing) Line($"             REMEDY: {missing}");
        return text.ToString().TrimEnd();
    }

    private static void Pci(PciReport device, Action<string> line)
    {
        line($"  {device.Address}  {device.State}  {(device.Name is { } name ? $"{name} ({device.Id})" : device.Id)}");
        List<string> facts =
        [
            device.KernelDriver is { } driver ? $"kernel driver {driver}{(device.Interfaces.Count > 0 ? $" ({string.Join(", ", device.Interfaces)})" : "")}"
                : "no kernel driver",
            $"DPDK driver {device.DpdkDriver ?? "unknown"}",
        ];
        if (device.NumaNode >= 0) facts.Add($"NUMA node {device.NumaNode}");
        facts.Add(device.IommuGroup is { } group ? $"IOMMU group {group}" : "no IOMMU group");
        line($"                {string.Join(", ", facts)}");
        foreach (var obstacle in device.Obstacles)
        {
            line($"                {obstacle.Problem}");
            line($"                REMEDY: {obstacle.Remedy}");
        }
    }
}
