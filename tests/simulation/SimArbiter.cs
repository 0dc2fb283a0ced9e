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

    public void Write(in ArbiterRecord record) => _disk = record;

    public void Start()
    {
        Listening = world.Network.TransportOf(this, null);
        _agent = new ArbiterAgent(NodeId.Of(Name), [world.A.Name, world.B.Name], new Incarnation(++_lives, (ulong)world.Random.NextInt64(1, long.MaxValue)), _disk,
            Listening, this, 80_000_000, what => world.Log($"{Name}: {what}"));
    }

    public void Kill()
    {
        world.Network.Died(this);
        Dispose();
    }

    public void LoseDisk() => _disk = default;

    public void Step() => _agent?.DoWork(world.Network.Now);

    public void Dispose()
    {
        _agent?.Dispose();
        _agent = null;
    }
}
