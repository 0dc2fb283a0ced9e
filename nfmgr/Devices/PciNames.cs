using System.Globalization;

namespace Holdfast.Nfmgr.Devices;

/// <summary>What vendors and devices are called, by the list that lspci uses.</summary>
internal static class PciNames
{
    private static readonly string[] Files = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];

    /// <summary>Names of those devices whose names this machine knows.</summary>
    public static IReadOnlyDictionary<(ushort Vendor, ushort Model), string> Of(IEnumerable<PciDevice> devices) =>
        Array.Find(Files, File.Exists) is { } file ? Of(devices, file) : new Dictionary<(ushort, ushort), string>();

    /// <summary>The same by a certain list.</summary>
    public static IReadOnlyDictionary<(ushort Vendor, ushort Model), string> Of(IEnumerable<PciDevice> devices, string file)
    {
        var wanted = devices.Select(device => (device.Vendor, device.Model)).ToHashSet();
        var names = new Dictionary<(ushort, ushort), string>();
        try
        {
            var (vendor, vendorName) = (-1, "");
            foreach (var line in wanted.Count > 0 ? File.ReadLines(file) : [])
            {
                if (line.StartsWith("C ", StringComparison.Ordinal)) break; // classes of devices follow
                if (line.StartsWith("\t\t", StringComparison.Ordinal)) continue; // subsystems
                var isDevice = line.StartsWith('\t');
                var text = line.AsSpan(isDevice ? 1 : 0);
                if (text.Length < 6 || !ushort.TryParse(text[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)) continue;
                var name = text[4..].Trim().ToString();
                if (!isDevice) (vendor, vendorName) = (id, name);
                else if (vendor >= 0 && wanted.Contains(((ushort)vendor, id))) names[((ushort)vendor, id)] = $"{vendorName} {name}";
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // names are a courtesy
        }

        return names;
    }
}
