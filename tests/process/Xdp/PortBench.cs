using System.Diagnostics;
using Holdfast.Chaos.Networks;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Runtime;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;
using Holdfast.Tests.Process.Networks;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>
/// A root on two real interfaces, with one NF that passes everything on, stepped by the test: the station on the left,
/// the left port, the chain, the right port, the station on the right.
/// </summary>
internal sealed class PortBench : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly ScratchChain _chain;
    private ChainRoot? _root;

    /// <param name="make">Makes the port on the interface with that name.</param>
    /// <param name="buffers">Of the pool.</param>
    public PortBench(Func<string, PacketPool, IPort> make, uint buffers = 4096)
    {
        NetworkNamespace.Require("ethtool");
        Place = Own(new NetworkNamespace("node"));
        LeftPlace = Own(new NetworkNamespace("left"));
        RightPlace = Own(new NetworkNamespace("right"));
        Cable("l-port", LeftPlace);
        Cable("r-port", RightPlace);

        Pool = Own(PacketPool.Create(buffers, preferHugePages: false));
        Left = Own(Place.Do(() => make("l-port", Pool)));
        Right = Own(Place.Do(() => make("r-port", Pool)));
        LeftStation = Own(new RawStation(LeftPlace, "far"));
        RightStation = Own(new RawStation(RightPlace, "far"));

        _chain = Own(new ScratchChain(Pool, Left, Right));
    }

    /// <summary>Ends what ports share.</summary>
    public Action? BetweenPortsAndPool { get; init; }

    public NetworkNamespace Place { get; }

    /// <summary>Where the left station is, on interface "far".</summary>
    public NetworkNamespace LeftPlace { get; }

    public NetworkNamespace RightPlace { get; }

    public PacketPool Pool { get; }

    public IPort Left { get; }

    public IPort Right { get; }

    public RawStation LeftStation { get; }

    public RawStation RightStation { get; }

    /// <summary>There is one once it rules; until then ports are the test's own.</summary>
    public ChainRoot Root => _root ??= Place.Do(() => new ChainRoot(_chain.Wiring));

    public BufferTable Buffers => _chain.Wiring.Buffers;

    /// <summary>Buffers that the open ports have when nothing is on its way.</summary>
    public int Kept { get; private set; }

    /// <summary>Lays a cable from a port to the interface "far" of another namespace.</summary>
    public void Cable(string port, NetworkNamespace to)
    {
        NetworkNamespace.Connect(Place, port, to, "far");
        Place.Silence(port);
        to.Silence("far");
    }

    public PortBench Rule()
    {
        _chain.Board.Begin(new Rule(new Term(1, new NodeId(1)), default, 0, 0, 0), continues: false);
        Step();
        Kept = Buffers.InPorts;
        return this;
    }

    public void Step()
    {
        var now = Stopwatch.GetTimestamp();
        Root.DoWork(now, now);
        while (_chain.Function.DoWork() > 0) { }
        Root.DoWork(now, now);
    }

    /// <summary>Steps until something is so.</summary>
    /// <returns>Whether it became so in time.</returns>
    public bool StepUntil(Func<bool> isSo, int milliseconds = 5000)
    {
        for (var end = Environment.TickCount64 + milliseconds; Environment.TickCount64 < end;)
        {
            Step();
            Left.AnnounceSleep();
            Right.AnnounceSleep();
            if (isSo()) return true;
        }

        return false;
    }

    /// <summary>Sends a frame in at one side and waits for it on the other.</summary>
    /// <returns>What came out, or null.</returns>
    public byte[]? Pass(ReadOnlySpan<byte> frame, Direction direction = Direction.LeftToRight)
    {
        var (from, to) = direction == Direction.LeftToRight ? (LeftStation, RightStation) : (RightStation, LeftStation);
        from.Send(frame);
        byte[]? received = null;
        StepUntil(() => (received = to.TryReceive()) is not null, 2000);
        return received;
    }

    /// <summary>Whether every buffer is free or one that a port keeps, once all frames have left.</summary>
    public bool HasAllBuffers() => StepUntil(() => Buffers.InPorts == Kept && Buffers.Free + Buffers.InPorts == Buffers.Total);

    public void Dispose()
    {
        // Ports before the pool, namespaces last.
        foreach (var port in (IPort?[])[Left, Right]) port?.Dispose();
        BetweenPortsAndPool?.Invoke();
        foreach (var owned in Enumerable.Reverse(_owned).Where(o => o is not IPort)) owned.Dispose();
    }

    private T Own<T>(T one) where T : IDisposable
    {
        _owned.Add(one);
        return one;
    }
}
