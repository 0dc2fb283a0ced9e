using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Nfmgr.Devices;

/// <summary>A device as DPDK names it: a PCI address, or a virtual device by its driver's name and a number; either may be
/// followed by arguments.</summary>
/// <param name="Text">All of it, as DPDK is told.</param>
/// <param name="Name">Without arguments: "0000:03:00.0", "net_tap0".</param>
/// <param name="Arguments">What follows the first comma, or empty.</param>
public sealed partial record DeviceName(string Text, string Name, string Arguments)
{
    /// <summary>Stands in for one that was refused.</summary>
    public static DeviceName None { get; } = new("", "", "");

    public bool IsPci => PciAddress().IsMatch(Name);

    /// <summary>The driver of a virtual device, as "net_tap"; empty for others, whose driver DPDK finds.</summary>
    public string Driver => IsPci ? "" : Name.TrimEnd(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);

    /// <summary>Whether the machine's kernel makes its frames: then they may be as no network carries them, with unfinished
    /// checksums and several segments in one.</summary>
    public bool IsOnKernelInterface => Driver switch
    {
        "net_af_packet" => true,
        "net_pcap" => Arguments.Contains("iface=", StringComparison.Ordinal),
        "net_bonding" or "net_failsafe" => Arguments.Contains("net_af_packet", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>What is given for an argument, "x" of "iface=x"; once for each time.</summary>
    public IEnumerable<string> Values(string argument) => Arguments.Split(',').Where(one => one.StartsWith(argument + "=", StringComparison.Ordinal))
        .Select(one => one[(argument.Length + 1)..]);

    /// <summary>Whether it leads to a network, and not to files or to nothing.</summary>
    public bool IsNetwork => Driver switch
    {
        "net_null" or "net_ring" => false,
        "net_pcap" => IsOnKernelInterface,
        _ => true,
    };

    /// <param name="text">What the configuration says.</param>
    /// <param name="device">The device.</param>
    /// <param name="wrong">Else what is wrong, and what to write.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out DeviceName? device, [NotNullWhen(false)] out string? wrong)
    {
        device = null;
        wrong = null;
        var comma = text.IndexOf(',');
        var (name, arguments) = comma < 0 ? (text, "") : (text[..comma], text[(comma + 1)..]);
        if (ShortPciAddress().IsMatch(name)) name = $"0000:{name}"; // as lspci shows it
        if (PciAddress().IsMatch(name)) name = AsDpdkWritesIt(name);
        if (!PciAddress().IsMatch(name) && !VirtualDevice().IsMatch(name) || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            wrong = "is no device; write a PCI address as 0000:03:00.0, or a virtual device as net_tap0,iface=x (`nfmgr devices` lists both)";
        else if (name.StartsWith("net_af_xdp", StringComparison.Ordinal))
            wrong = "can't receive into Holdfast's packet pool: DPDK's net_af_xdp refuses external buffers; write a port of type interface with \"mode\": \"xdp\", which does";
        if (wrong is not null) return false;
        device = new DeviceName(arguments.Length > 0 ? $"{name},{arguments}" : name, name, arguments);
        return true;
    }

    public override string ToString() => Text;

    /// <summary>So that nobody names one device in two ways.</summary>
    private static string AsDpdkWritesIt(string address)
    {
        var domain = address.IndexOf(':');
        return $"{uint.Parse(address.AsSpan(0, domain), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture):x4}{address[domain..].ToLowerInvariant()}";
    }

    [GeneratedRegex("^[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$")]
    private static partial Regex PciAddress();

    [GeneratedRegex("^[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$")]
    private static partial Regex ShortPciAddress();

    [GeneratedRegex("^net_[a-z][a-z_0-9]*[0-9]$")]
    private static partial Regex VirtualDevice();
}
