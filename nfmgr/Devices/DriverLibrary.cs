using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Holdfast.Nfmgr.Devices;

/// <summary>Libraries of DPDK's drivers. Each carries texts that say which devices it drives, so that one can know without
/// loading it.</summary>
public static partial class DriverLibrary
{
    private const int MaxBytes = 64 << 20, MaxTextBytes = 256 << 10;

    private static ReadOnlySpan<byte> Mark => "PMD_INFO_STRING= {"u8;

    /// <summary>The network drivers in a folder, library by library; what is no such library, or damaged, is passed over.</summary>
    /// <param name="directory">Where DPDK loads its drivers from.</param>
    public static IReadOnlyList<DpdkDriver> In(string directory) =>
        Distinct(Sysfs.Names(directory, "librte_net_*.so*").Select(name => Target(Path.Combine(directory, name))).OfType<string>().Distinct().SelectMany(Of));

    /// <summary>The drivers in one library, or in a folder of them, that DPDK is told to load by its argument -d.</summary>
    public static IReadOnlyList<DpdkDriver> NamedBy(IReadOnlyList<string> arguments)
    {
        var drivers = new List<DpdkDriver>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("-d", StringComparison.Ordinal)) continue;
            var path = arguments[i].Length > 2 ? arguments[i][2..] : i + 1 < arguments.Count ? arguments[++i] : "";
            drivers.AddRange(Directory.Exists(path) ? In(path) : Of(path));
        }

        return Distinct(drivers);
    }

    private static IReadOnlyList<DpdkDriver> Distinct(IEnumerable<DpdkDriver> drivers) =>
        // A library goes by several names, as "x.so" and "x.so.23"; its drivers have one each.
        [.. drivers.DistinctBy(driver => driver.Name)];

    private static IEnumerable<DpdkDriver> Of(string file)
    {
        var library = Path.GetFileName(file).Split(".so")[0];
        return Descriptions(Read(file)).Select(text => Parse(text, library)).OfType<DpdkDriver>();
    }

    /// <summary>The file behind all names of a library, of which each has three; null when there is none.</summary>
    private static string? Target(string file)
    {
        try
        {
            var target = new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? new FileInfo(file);
            return target.Exists ? target.FullName : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] Read(string file)
    {
        try
        {
            // The length first: it is 0 of what may keep its opener waiting, such as a pipe.
            return Target(file) is { } target && new FileInfo(target).Length is > 0 and <= MaxBytes ? File.ReadAllBytes(target) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    /// <summary>The texts behind the mark, each up to the byte 0 that ends it.</summary>
    private static List<byte[]> Descriptions(ReadOnlySpan<byte> library)
    {
        var found = new List<byte[]>();
        for (var at = library.IndexOf(Mark); at >= 0; at = library.IndexOf(Mark))
        {
            library = library[(at + Mark.Length - 1)..];
            var end = library[..Math.Min(library.Length, MaxTextBytes)].IndexOf((byte)0);
            if (end > 0) found.Add(library[..end].ToArray());
        }

        return found;
    }

    private static DpdkDriver? Parse(byte[] text, string library)
    {
        try
        {
            var description = JsonSerializer.Deserialize(text, DescriptionJson.Default.Description);
            if (description is null || !DriverName().IsMatch(description.Name)) return null;
            var ids = new List<PciId>();
            foreach (var id in description.PciIds ?? [])
            {
                if (id is not { Length: 4 } || id.Any(number => number is < 0 or > ushort.MaxValue)) return null;
                ids.Add(new PciId((ushort)id[0], (ushort)id[1], (ushort)id[2], (ushort)id[3]));
            }

            return new DpdkDriver(description.Name, library, Plain(description.Parameters), Plain(description.KernelModules), ids);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>These texts are shown on a terminal.</summary>
    private static string Plain(string? text)
    {
        var plain = new StringBuilder();
        foreach (var character in text ?? "")
        {
            if (!char.IsControl(character)) plain.Append(character);
        }

        return plain.ToString().Trim();
    }

    [GeneratedRegex("^[A-Za-z0-9_]{1,64}$")]
    private static partial Regex DriverName();

    internal sealed record Description(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("params")] string? Parameters = null,
        [property: JsonPropertyName("kmod")] string? KernelModules = null,
        [property: JsonPropertyName("pci_ids")] int[]?[]? PciIds = null);

    [JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Description))]
    internal sealed partial class DescriptionJson : JsonSerializerContext;
}
