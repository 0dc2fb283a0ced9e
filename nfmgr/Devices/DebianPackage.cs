using System.Text.RegularExpressions;

namespace Holdfast.Nfmgr.Devices;

/// <summary>What Debian calls the packages of DPDK's drivers, so that a remedy can name one.</summary>
public static partial class DebianPackage
{
    /// <summary>Drivers that are in a library of another name.</summary>
    private static readonly Dictionary<string, string> OtherLibraries = new()
    {
        ["net_bonding"] = "net_bond", ["net_tun"] = "net_tap", ["net_virtio_user"] = "net_virtio",
    };

    /// <summary>Drivers for what the usual vendors make.</summary>
    private static readonly Dictionary<ushort, string[]> OfVendor = new()
    {
        [0x8086] = ["net_e1000", "net_igc", "net_ixgbe", "net_i40e", "net_ice", "net_iavf"],
        [0x15B3] = ["net_mlx5", "net_mlx4"],
        [0x14E4] = ["net_bnxt", "net_bnx2x"],
        [0x1AF4] = ["net_virtio"],
        [0x15AD] = ["net_vmxnet3"],
        [0x1D0F] = ["net_ena"],
        [0x1AE0] = ["net_gve"],
        [0x1077] = ["net_qede"],
        [0x1137] = ["net_enic"],
        [0x1425] = ["net_cxgbe"],
        [0x1924] = ["net_sfc"],
        [0x19EE] = ["net_nfp"],
        [0x1D6A] = ["net_atlantic"],
    };

    /// <summary>The package that a driver is in, such as "librte-net-tap23".</summary>
    /// <param name="driver">Its name, as "net_tap".</param>
    /// <param name="directory">Where DPDK loads its drivers from, such as ".../pmds-23.0"; the packages have its number.</param>
    public static string Of(string driver, string directory) =>
        OfLibrary(OtherLibraries.GetValueOrDefault(driver, driver), Number().Match(directory).Groups[1].Value);

    /// <summary>The packages that may have a driver for a device of this vendor; all drivers where nobody knows.</summary>
    public static IReadOnlyList<string> ForVendor(ushort vendor, string directory) =>
        OfVendor.TryGetValue(vendor, out var drivers) ? [.. drivers.Select(driver => Of(driver, directory))] : ["librte-meta-net"];

    private static string OfLibrary(string library, string number)
    {
        var name = $"librte-{library.Replace('_', '-')}";
        // A number behind a number would be another number.
        return number.Length > 0 && char.IsAsciiDigit(name[^1]) ? $"{name}-{number}" : name + number;
    }

    [GeneratedRegex(@"pmds-([0-9]+)(?:\.[0-9]+)*/?$")]
    private static partial Regex Number();
}
