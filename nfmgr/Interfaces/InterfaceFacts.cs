using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Holdfast.Nfmgr.Interfaces;

/// <summary>What matters to a port about an interface of this machine, read at one moment.</summary>
public sealed record InterfaceFacts
{
    public required string Name { get; init; }

    /// <summary>The driver, such as "veth" or "virtio_net"; empty when unknown.</summary>
    public string Driver { get; init; } = "";

    public bool IsEthernet { get; init; } = true;

    public bool IsSwitchedOn { get; init; } = true;

    public LinkState State { get; init; } = LinkState.Up;

    /// <summary>Longest payload of a frame, in bytes.</summary>
    public int Mtu { get; init; } = 1500;

    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>The kernel answers ARP on it.</summary>
    public bool HasArp { get; init; }

    /// <summary>The kernel takes part in IPv6 on it.</summary>
    public bool HasIPv6 { get; init; }

    /// <summary>The bridge or bond that it belongs to.</summary>
    public string? Master { get; init; }

    /// <summary>Features that are on, and whether each can be turned off.</summary>
    public IReadOnlyDictionary<string, bool> Features { get; init; } = new Dictionary<string, bool>();

    public int ReceiveQueues { get; init; } = 1;

    /// <summary>The interfaces that there are.</summary>
    public static IReadOnlyList<string> Names() => [.. NetworkInterface.GetAllNetworkInterfaces().Select(i => i.Name)];

    /// <summary>Reads them, or null when there is no interface of that name.</summary>
    public static InterfaceFacts? Read(string name)
    {
        using var query = new InterfaceQuery(name);
        if (query.Index == 0) return null;
        var known = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(i => i.Name == name);
        return new InterfaceFacts
        {
            Name = name,
            Driver = query.Driver,
            IsEthernet = known?.NetworkInterfaceType is NetworkInterfaceType.Ethernet,
            IsSwitchedOn = query.IsSwitchedOn,
            State = query.State,
            Mtu = query.Mtu,
            // Made anew, to leave out the number of the interface behind a link-local one.
            Addresses = known is null ? [] : [.. known.GetIPProperties().UnicastAddresses.Select(a => new IPAddress(a.Address.GetAddressBytes()))],
            HasArp = query.HasArp,
            HasIPv6 = ReadLine($"/proc/sys/net/ipv6/conf/{name}/disable_ipv6") == "0",
            Master = Path.GetFileName(new DirectoryInfo($"/sys/class/net/{name}/master").LinkTarget),
            Features = query.Features(),
            ReceiveQueues = CountReceiveQueues(name),
        };
    }

    /// <summary>Whether this process may open packet sockets, which takes CAP_NET_RAW.</summary>
    public static bool MayOpenPacketSockets()
    {
        try
        {
            // Without a protocol it receives nothing.
            using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, 0);
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AccessDenied)
        {
            return false;
        }
    }

    private static int CountReceiveQueues(string name)
    {
        var queues = $"/sys/class/net/{name}/queues";
        return Directory.Exists(queues) ? Directory.GetDirectories(queues, "rx-*").Length : 1;
    }

    private static string ReadLine(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // a kernel without IPv6
        }
    }
}
