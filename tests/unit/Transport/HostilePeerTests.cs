using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using Holdfast.Tests.Unit.Messages;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Transport;

/// <summary>
/// A peer that says anything, in valid messages and others: the node never throws, believes nothing that can't be, and
/// its role and term go only where the protocol lets them.
/// </summary>
public sealed class HostilePeerTests
{
    [Test]
    public void A_hostile_peer_is_borne([Range(1, 30)] int seed, [Values] bool initialPrimary) => Attack(seed, initialPrimary);

    [Test]
    public void A_hostile_peer_of_a_fresh_seed_is_borne([Values] bool initialPrimary)
    {
        var first = Random.Shared.Next(1_000, 1_000_000_000);
        for (var seed = first; seed < first + 20; seed++) Attack(seed, initialPrimary);
    }

    /// <summary>The test of the test: its nodes get to every place where a peer is believed something.</summary>
    [Test]
    public void The_attacks_come_where_they_could_do_harm()
    {
        var asStandby = Enumerable.Range(1, 40).SelectMany(seed => Attack(seed, initialPrimary: false)).ToHashSet();
        var asPrimary = Enumerable.Range(1, 40).SelectMany(seed => Attack(seed, initialPrimary: true)).ToHashSet();
        Assert.That(asStandby, Is.SupersetOf((string[])["Joining", "Eligible", "Ruling", "Ended"]));
        Assert.That(asPrimary, Is.SupersetOf((string[])["Ruling/Joining", "Ruling/Required", "Ruling/Eligible"]));
    }

    /// <returns>The states that the node came to.</returns>
    private static HashSet<string> Attack(int seed, bool initialPrimary)
    {
        var seen = new HashSet<string>();
        var random = new Random(seed);
        using var bench = new AgentBench(initialPrimary);
        var watch = new Watch(bench, initialPrimary);
        PlayedConnection? peer = null;
        for (var step = 0; step < 400 && bench.Agent.Ended is null; step++)
        {
            if (peer is null || peer.IsDisposed || random.Next(40) == 0)
            {
                peer = watch.Listen(bench.Network.Connect(new PlayedConnection()));
                if (random.Next(4) != 0) peer.Arrive(Greeting(random, bench.Agent.Core));
            }

            peer.Arrive(Something(random, bench.Agent.Core));
            if (random.Next(60) == 0) peer.Ended = true;
            bench.Step(random.Next(30) == 0 ? random.NextInt64(300_000_000) : random.NextInt64(1_000_000));
            bench.PlayRoot(random);
            watch.Check($"seed {seed}, step {step}");
            seen.Add($"{bench.Agent.Core.Role}");
            seen.Add($"{bench.Agent.Core.Role}/{bench.Agent.Core.Standby}");
        }

        return seen;
    }

    private static byte[] Greeting(Random random, NodeCore core) => random.Next(5) == 0
        ? AgentBench.Greeting((NodeRole)random.Next(7), TermOf(random, core), (ulong)random.Next(4))
        : AgentBench.Greeting(core.Role == NodeRole.Ruling ? NodeRole.Starting : NodeRole.Ruling, Plausible(core));

    private static byte[] Something(Random random, NodeCore core)
    {
        var header = AgentBench.Header((MessageType)random.Next(2, 9), TermOf(random, core), 1);
        header.Checkpoint = random.Next(20) == 0 ? (ulong)random.NextInt64() : core.Prepared + (ulong)random.Next(3);
        header.Clock = header.Checkpoint;
        header.Time = random.Next(20) == 0 ? random.NextInt64() : (long)header.Checkpoint;
        header.Committed = random.Next(8) == 0 ? ulong.MaxValue : header.Checkpoint - (ulong)random.Next(3);
        header.Flags = (MessageFlags)(random.Next(9) == 0 ? random.Next(256) : core.Prepared == 0 ? 1 : 0);
        header.OldestAge = random.Next(10) == 0 ? uint.MaxValue : 0;
        if (random.Next(60) == 0) header.Sender++;
        if (random.Next(60) == 0) header.Receiver++;
        // Most often what its role makes it say, or the connection would not last.
        if (random.Next(4) != 0)
        {
            header.Type = core.Role == NodeRole.Ruling ? random.Next(2) == 0 ? MessageType.Prepared : MessageType.Heartbeat
                : random.Next(8) == 0 ? MessageType.Eligible : random.Next(2) == 0 ? MessageType.Prepare : MessageType.Heartbeat;
            if (header.Type == MessageType.Prepare) header.Checkpoint = core.Prepared + 1;
            if (header.Type == MessageType.Eligible) header.Checkpoint = core.Prepared;
        }

        byte[] payload = random.Next(30) == 0 ? Noise(random, 500) : AgentBench.EmptyDeltas();
        switch (random.Next(60))
        {
            case 0: return Noise(random, 5_000);
            case 1: return Greeting(random, core);
            case 2: // lengths and pieces that can't be, with right checksums
                (header.Magic, header.WireVersion) = (MessageHeader.ExpectedMagic, MessageHeader.CurrentVersion);
                (header.PayloadBytes, header.Piece, header.Pieces) = ((uint)random.NextInt64(uint.MaxValue), (ushort)random.Next(3), (ushort)random.Next(3));
                return Talk.Forge(header, payload);
            case 3: // a delta whose lengths lie, in a payload whose checksum is right
                MemoryMarshal.Write(payload.AsSpan(random.Next(payload.Length - sizeof(int) + 1)), random.Next(2) == 0 ? int.MaxValue : -1);
                break;
        }

        return AgentBench.Encode(header, header.Type == MessageType.Prepare ? payload : []);
    }

    private static Term Plausible(NodeCore core) => core.Term == Term.None ? AgentBench.First : core.Term;

    private static Term TermOf(Random random, NodeCore core) => random.Next(100) switch
    {
        0 => Term.None,
        1 => new Term((ulong)random.Next(4), NodeId.Of("b")),
        2 => new Term(core.Term.Counter + 1, NodeId.Of("a")),
        3 => new Term(core.Term.Counter, NodeId.Of(random.Next(2) == 0 ? "a" : "somebody")),
        _ => Plausible(core),
    };

    private static byte[] Noise(Random random, int most)
    {
        var bytes = new byte[random.Next(sizeof(int), most)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>What must hold after every step.</summary>
    private sealed class Watch(AgentBench bench, bool initialPrimary)
    {
        private readonly List<(PlayedConnection Connection, MessageReader Reader)> _heard = [];
        private NodeRole _role = NodeRole.Starting;
        private Term _term;

        public PlayedConnection Listen(PlayedConnection connection)
        {
            _heard.Add((connection, new MessageReader(AgentBench.MaxPayload)));
            return connection;
        }

        public void Check(string when)
        {
            var core = bench.Agent.Core;
            if (core.Role == NodeRole.Ruling && _role != NodeRole.Ruling && !initialPrimary)
                Assert.That(_role is NodeRole.Eligible || bench.WasEligible, Is.True, $"{when}: rules, and was never told that it may");
            if (core.Role == NodeRole.Eligible) Assert.That(core.Prepared, Is.Not.Zero, $"{when}: eligible with nothing staged");
            Assert.That(core.Term, Is.GreaterThanOrEqualTo(_term), $"{when}: the term fell");
            Assert.That(bench.Disk.Term, Is.EqualTo(core.Term), $"{when}: the term is not on disk");
            Assert.That(bench.Board.Prepared, Is.LessThanOrEqualTo(bench.Board.Completed), $"{when}: prepared what was never sent");
            foreach (var block in bench.Blocks) Assert.That(block.Memory.Header.TotalBytes, Is.EqualTo((ulong)block.Memory.Bytes), when);
            foreach (var (connection, reader) in _heard) CheckHeard(connection, reader, when);
            _heard.RemoveAll(h => h.Connection.IsDisposed);
            (_role, _term) = (core.Role, core.Term);
        }

        /// <summary>What the node says is well formed, and never of a term that is not on its disk.</summary>
        private void CheckHeard(PlayedConnection connection, MessageReader reader, string when)
        {
            var sent = CollectionsMarshal.AsSpan(connection.Sent);
            while (!sent.IsEmpty)
            {
                var room = reader.Room();
                var chunk = Math.Min(room.Length, sent.Length);
                sent[..chunk].CopyTo(room);
                reader.Received(chunk);
                sent = sent[chunk..];
                while (reader.TryRead(out var header, out _))
                    Assert.That(header.Term, Is.LessThanOrEqualTo(bench.Disk.Term), $"{when}: {header.Type}");
            }

            connection.Sent.Clear();
            Assert.That(reader.Error, Is.Null, when);
        }
    }
}
