using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;

namespace Holdfast.Simulation;

/// <summary>The simulated arbiter: the production one over a disk that outlives it.</summary>
internal sealed class SimArbiter(SimWorld world) : ISimHost, IArbiterDisk, IDisposable
{
    private ArbiterRecord _disk;
    private ArbiterAgent? _agent;
    private ulong _lives;

    public string Name => "c";

    public bool IsAlive => _agent is not null;

    public SimNetwork.SimTransport? Listening { get; private set; }

    public ArbiterRecord Record => _disk;

    /// <summary>It may have forgotten an heir: its disk was lost, or an heir has said that it is none any more.</summary>
    public bool Forgot { get; private set; }

    public void Write(in ArbiterRecord record) => _disk = record;

    public void Start()
    {
        Listening = world.Network.TransportOf(this, null);
        _agent = new ArbiterAgent(NodeId.Of(Name), [world.A.Name, world.B.Name], new Incarnation(++_lives, (ulong)world.Random.NextInt64(1, long.MaxValue)), _disk,
            Listening, this, 80_000_000, Report);
    }

    public void Kill()
    {
        world.Network.Died(this);
        Dispose();
    }

    public void LoseDisk()
    {
        _disk = default;
        Forgot = true;
    }

    public void Step() => _agent?.DoWork(world.Network.Now);

    private void Report(string what)
    {
        if (what.Contains("has lost its copy", StringComparison.Ordinal)) Forgot = true;
        world.Log($"{Name}: {what}");
    }

    public void Dispose()
    {
        _agent?.Dispose();
        _agent = null;
    }
}
