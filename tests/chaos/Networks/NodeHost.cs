using Holdfast.Nfmgr.Demo;

namespace Holdfast.Chaos.Networks;

/// <summary>A node's machine: a namespace with a cable to the other node's, and what can go wrong with that cable.</summary>
internal sealed class NodeHost : IDisposable
{
    public const int Port = 7400;

    private const string Cable = "repl0", Table = "chaos";

    private readonly NetworkNamespace _space;
    private bool _slow, _deaf;

    private NodeHost(string label, string address, string prefix)
    {
        Address = address;
        _space = new NetworkNamespace(label, prefix);
    }

    public NetworkNamespace Space => _space;

    public string Address { get; }

    public static (NodeHost A, NodeHost B) MakePair(string prefix)
    {
        var a = new NodeHost("a", "10.255.0.1", prefix);
        try
        {
            var b = new NodeHost("b", "10.255.0.2", prefix);
            try
            {
                NetworkNamespace.Connect(a._space, Cable, b._space, Cable);
                foreach (var host in new[] { a, b }) host._space.Ip($"address add {host.Address}/30 dev {Cable}");
                return (a, b);
            }
            catch
            {
                b.Dispose();
                throw;
            }
        }
        catch
        {
            a.Dispose();
            throw;
        }
    }

    /// <summary>Where a node runs that shall run on this machine.</summary>
    /// <param name="directory">For the script that starts it.</param>
    /// <param name="programs">Where nfmgr lies.</param>
    public DemoPlace Place(string directory, string programs)
    {
        var inside = Path.Combine(directory, $"nfmgr-in-{_space.Name}");
        File.WriteAllText(inside, $"#!/bin/sh\nexec ip netns exec {_space.Name} {Path.Combine(programs, "nfmgr")} \"$@\"\n");
        File.SetUnixFileMode(inside, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new DemoPlace(inside, Address);
    }

    /// <summary>What the other node sends is lost on the way, and neither hears of it.</summary>
    public void Deafen()
    {
        if (_deaf) return;
        _space.Run("nft", $"add table ip {Table}; add chain ip {Table} in {{ type filter hook input priority 0; }}; add rule ip {Table} in iif {Cable} drop");
        _deaf = true;
    }

    public void Hear()
    {
        if (!_deaf) return;
        _space.Run("nft", $"delete table ip {Table}");
        _deaf = false;
    }

    /// <summary>The cable is pulled: both ends see it.</summary>
    public void Unplug() => _space.Ip($"link set dev {Cable} down");

    public void Plug() => _space.Ip($"link set dev {Cable} up");

    /// <summary>What this node sends leaves slowly, so the pipes fill.</summary>
    public void Slow(int kilobits)
    {
        _space.Run("tc", "qdisc", "replace", "dev", Cable, "root", "tbf", "rate", $"{kilobits}kbit", "burst", "4kb", "limit", "64kb");
        _slow = true;
    }

    public void SpeedUp()
    {
        if (!_slow) return;
        _space.Run("tc", "qdisc", "delete", "dev", Cable, "root");
        _slow = false;
    }

    public void Dispose() => _space.Dispose();
}
