using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Transport;

/// <summary>What a ruler tells its standby about the age of its oldest checkpoint, while it is dealing with an NF of its
/// own.</summary>
public sealed class HeldAgeTests
{
    private const long Ms = 1_000_000;

    private PlayedConnection _standby = null!;
    private AgentBench _bench = null!;

    [SetUp]
    public void Rule_with_a_standby_and_one_checkpoint_that_does_not_finish()
    {
        _bench = new AgentBench(initialPrimary: true);
        _standby = new PlayedConnection();
        var random = new Random(1);
        _bench.Network.Connect(_standby).Arrive(AgentBench.Greeting(NodeRole.Starting));
        ulong prepared = 0;
        for (var i = 0; i < 1_000 && !_bench.Agent.Core.IsProtected; i++)
        {
            _bench.PlayRoot(random);
            _bench.Step();
            if (_bench.Board.Completed <= prepared) continue;
            prepared = _bench.Board.Completed;
            _standby.Arrive(AgentBench.Message(MessageType.Prepared, _bench.Agent.Core.Term, prepared));
        }

        Assert.That(_bench.Agent.Core.IsProtected, Is.True);
        _bench.Step(Ms);
        Assert.That(Age(), Is.Zero);
        var open = _bench.Board.Closed + 1;
        _bench.Board.Close(open, open, (long)open, _bench.Now);
    }

    [TearDown]
    public void End()
    {
        _bench.Dispose();
        _standby.Dispose();
    }

    [Test]
    public void A_checkpoint_that_does_not_finish_ages() => Assert.That(AgeAfter(40), Is.InRange(39_000, 41_000));

    [Test]
    public void While_an_NF_is_held_it_does_not()
    {
        _bench.Board.IsHeld = true;
        Assert.That(AgeAfter(40), Is.Zero);
    }

    [Test]
    public void After_that_it_ages_from_then_on()
    {
        _bench.Board.IsHeld = true;
        AgeAfter(40);
        _bench.Board.IsHeld = false;
        Assert.That(AgeAfter(10), Is.InRange(9_000, 11_000), "the NF needs a moment to get to it");
    }

    private uint AgeAfter(int milliseconds)
    {
        for (var i = 0; i < milliseconds; i++) _bench.Step(Ms);
        return Age();
    }

    /// <summary>The age in the last heartbeat, in microseconds.</summary>
    private uint Age()
    {
        var reader = new MessageReader(AgentBench.MaxPayload);
        uint? age = null;
        foreach (var said in _standby.Sent.Chunk(256))
        {
            said.CopyTo(reader.Room());
            reader.Received(said.Length);
            while (reader.TryRead(out var header, out _))
            {
                if (header.Type == MessageType.Heartbeat) age = header.OldestAge;
            }
        }

        return age ?? throw new InvalidOperationException("no heartbeat was sent");
    }
}
