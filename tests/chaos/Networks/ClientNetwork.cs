namespace Holdfast.Chaos.Networks;

/// <summary>
/// A client and a server, each behind a switch that both nodes are on: client, left switch, a or b, right switch, server.
/// The chain's NAT is the router between them.
/// </summary>
internal sealed class ClientNetwork : IDisposable
{
    public const string Inside = "10.0.1.1/24", Outside = "192.0.2.1/24", ServerAddress = "192.0.2.10";

    private const string ClientAddress = "10.0.1.2", Gateway = "10.0.1.1";

    private readonly List<NetworkNamespace> _made = [];
    private readonly string _prefix;

    public ClientNetwork(NodeHost a, NodeHost b, string prefix)
    {
        _prefix = prefix;
        try
        {
            Client = MakeEnd("client", ClientAddress);
            Server = MakeEnd("server", ServerAddress);
            Join("left", Client, a, b);
            Join("right", Server, a, b);
            Client.Ip($"route add default via {Gateway}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetworkNamespace Client { get; }

    public NetworkNamespace Server { get; }

    public void Dispose()
    {
        foreach (var space in _made) space.Dispose();
        _made.Clear();
    }

    private NetworkNamespace Make(string label)
    {
        var space = new NetworkNamespace(label, _prefix);
        _made.Add(space);
        return space;
    }

    private NetworkNamespace MakeEnd(string label, string address)
    {
        var space = Make(label);
        space.Ip("link add eth0 type veth peer name cable");
        // With offloads a veth carries frames of up to 64 KiB, and checksums that nobody has computed.
        space.Run("ethtool", "-K", "eth0", "tso", "off", "gso", "off", "gro", "off", "tx", "off");
        // A chain that is blocked for seconds answers no ARP; connections shall wait for it like for any lost packet.
        space.Run("sysctl", "-qw", "net.ipv4.neigh.eth0.mcast_solicit=100");
        // A chain that starts anew with empty state knows no station to announce. Until its gateway speaks, switches lead
        // frames where it was last: until hosts ask for it again, by default after half a minute and more.
        space.Run("sysctl", "-qw", "net.ipv4.neigh.eth0.base_reachable_time_ms=3000", "net.ipv4.neigh.eth0.delay_first_probe_time=1",
            "net.ipv4.neigh.eth0.retrans_time_ms=250");
        space.Ip("link set dev eth0 up");
        space.Ip($"address add {address}/24 dev eth0");
        return space;
    }

    private void Join(string side, NetworkNamespace end, NodeHost a, NodeHost b)
    {
        var hub = Make(side);
        hub.Ip("link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
        hub.Ip("link set dev br0 up");
        end.Ip($"link set dev cable netns {hub.Name}");
        hub.Ip("link set dev cable master br0 up");
        foreach (var (host, port) in new[] { (a, "a"), (b, "b") })
        {
            NetworkNamespace.Connect(host.Space, $"{side}0", hub, port);
            host.Space.Ip($"link set dev {side}0 arp off"); // a port of the chain: no addresses
            hub.Ip($"link set dev {port} master br0");
        }
    }
}
