using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>What a NAT must know to be a router between two segments.</summary>
public sealed record RoutingSettings
{
    /// <summary>The settings that only a router has.</summary>
    public static readonly string[] Keys = ["inside", "nextHop", "virtualMac"];

    /// <summary>Its address on the right.</summary>
    public required InterfaceAddress Outside { get; init; }

    /// <summary>Its address on the left, the gateway of the hosts there.</summary>
    public required InterfaceAddress Inside { get; init; }

    /// <summary>The router on the right for everything that is not on that segment; 0 for none.</summary>
    public uint NextHop { get; init; }

    /// <summary>Its hardware address on both sides, the same on every node that may run the chain.</summary>
    public required ulong VirtualMac { get; init; }

    /// <summary>A locally administered address that differs between NATs with different outside addresses.</summary>
    public static ulong DefaultMac(uint outside) => 0x0248_0000_0000UL | outside;

    /// <summary>Takes the keys inside, nextHop and virtualMac.</summary>
    /// <param name="settings">The NF's settings.</param>
    /// <param name="outside">The outside address with its prefix length.</param>
    /// <exception cref="NfSettingsException">A value is bad, or contradicts another.</exception>
    public static RoutingSettings Take(NfSettings settings, InterfaceAddress outside)
    {
        const string InsideRemedy = "give the IPv4 address and prefix length that the inside hosts have as their gateway,"
                                    + " such as \"10.0.1.1/24\", on another network than outside";
        const string HopRemedy = "give another host's IPv4 address on the network of outside";
        const string MacRemedy = "give the Ethernet address of one station, such as \"02:48:c0:00:02:01\"";
        var inside = settings.TakeText<InterfaceAddress>("inside", InterfaceAddress.TryParse, default, InsideRemedy);
        // Hosts with the same address on both sides could not reach each other (RFC 4787 REQ-7).
        if (inside == default || inside.Overlaps(outside)) throw settings.Refused("inside", InsideRemedy);
        var nextHop = settings.TakeText<uint>("nextHop", InterfaceAddress.TryParseHost, 0, HopRemedy);
        if (nextHop != 0 && (!outside.IsHost(nextHop) || nextHop == outside.Address))
            throw settings.Refused("nextHop", HopRemedy);
        var mac = settings.TakeText("virtualMac", MacAddress.TryParse, DefaultMac(outside.Address), MacRemedy);
        if (!MacAddress.IsUnicast(mac)) throw settings.Refused("virtualMac", MacRemedy);
        return new RoutingSettings { Outside = outside, Inside = inside, NextHop = nextHop, VirtualMac = mac };
    }
}
