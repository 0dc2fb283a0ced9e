using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Replica;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Replica;

/// <summary>The payload of PREPARE: what a ruler captured, what a standby may believe of it.</summary>
public sealed class PreparePayloadTests
{
    private const int Instances = 3;

    [Test]
    public void What_was_captured_is_what_the_standby_has([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        using var ruler = new Node();
        using var standby = new Node();
        for (ulong checkpoint = 1; checkpoint <= 6; checkpoint++)
        {
            ruler.Change(random);
            var payload = ruler.Capture(checkpoint);
            Assert.That(PreparePayload.IsValid(payload, Instances), Is.True);
            PreparePayload.Apply(payload, standby.Blocks);
            for (var i = 0; i < Instances; i++)
                Assert.That(standby.Blocks[i].Data.SequenceEqual(ruler.Blocks[i].Data), Is.True, $"instance {i}, checkpoint {checkpoint}");
        }
    }

    [Test]
    public void The_largest_state_fits()
    {
        using var ruler = new Node();
        foreach (var block in ruler.Blocks)
        {
            block.Data.Fill(1);
            block.BeginJoin();
        }

        Assert.That(ruler.Capture(1), Has.Length.EqualTo(PreparePayload.MaxBytes(Instances)));
    }

    /// <summary>Any bytes are refused, or can be applied without touching anything outside the blocks.</summary>
    [Test]
    public void Damaged_payloads_are_refused_or_harmless([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        using var ruler = new Node();
        using var standby = new Node();
        var accepted = 0;
        for (ulong round = 1; round <= 300; round++)
        {
            ruler.Change(random);
            var damaged = Damage(ruler.Capture(round), random);
            if (!PreparePayload.IsValid(damaged, Instances)) continue;
            accepted++;
            PreparePayload.Apply(damaged, standby.Blocks);
            standby.AssertUntouchedOutside();
        }

        Assert.That(accepted, Is.GreaterThan(0), "flips inside the lines of a delta are for the CRC to find");
    }

    [Test]
    public void A_payload_of_fewer_or_more_instances_is_refused()
    {
        using var ruler = new Node();
        ruler.Change(new Random(1));
        var payload = ruler.Capture(1);
        Assert.That(PreparePayload.IsValid(payload, Instances - 1), Is.False);
        Assert.That(PreparePayload.IsValid(payload, Instances + 1), Is.False);
        Assert.That(PreparePayload.IsValid([], Instances), Is.False);
    }

    [Test]
    public void A_payload_cut_at_any_byte_is_refused()
    {
        using var ruler = new Node();
        ruler.Blocks[1].MarkedAt<int>(640) = 5;
        var payload = ruler.Capture(1);
        for (var end = 0; end < payload.Length; end++) Assert.That(PreparePayload.IsValid(payload.AsSpan(0, end), Instances), Is.False, $"{end}");
    }

    [Test]
    public void A_store_keeps_a_valid_checkpoint_apart_until_it_is_applied_and_no_other()
    {
        using var ruler = new Node();
        using var standby = new Node();
        var store = new ReplicaStore(standby.Blocks);
        ruler.Blocks[2].MarkedAt<int>(64) = 77;
        var payload = ruler.Capture(1);
        Assert.That(store.TryStage(1, payload), Is.True);
        Assert.That(standby.Blocks[2].At<int>(64), Is.Zero, "staged is not applied");
        Assert.That(store.TryStage(2, payload.AsSpan(1)), Is.False);
        store.Apply(1);
        Assert.That(standby.Blocks[2].At<int>(64), Is.EqualTo(77));
        store.Clear();
        Assert.That(standby.Blocks[2].At<int>(64), Is.Zero);
    }

    private static byte[] Damage(byte[] payload, Random random)
    {
        for (var faults = random.Next(1, 4); faults > 0; faults--)
        {
            switch (random.Next(5))
            {
                case 0: // a length, most often
                    MemoryMarshal.Write(payload.AsSpan(random.Next(3) == 0 ? random.Next(payload.Length - 4) : 0), random.Next(4) switch
                    {
                        0 => -1,
                        1 => int.MaxValue,
                        2 => int.MinValue,
                        _ => random.Next(100_000),
                    });
                    break;
                case 1: // masks
                    payload[sizeof(int) + random.Next(Math.Min(140, payload.Length - sizeof(int)))] = (byte)random.Next(256);
                    break;
                case 2:
                    payload = payload[..random.Next(16, payload.Length + 1)];
                    break;
                case 3:
                    payload = [.. payload, .. new byte[random.Next(200)]];
                    break;
                default:
                    payload[random.Next(payload.Length)] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return payload;
    }

    /// <summary>The blocks and slots of a node's chain, each block with a guard behind it.</summary>
    private sealed unsafe class Node : IDisposable
    {
        private const int Guard = 4096;
        private static readonly int BlockBytes = StateBlock.TotalBytes;
        private readonly DeltaSlots[] _slots = [.. Enumerable.Range(0, Instances).Select(_ => DeltaSlots.OnHeap())];

        public Node()
        {
            foreach (var block in Blocks) Outside(block).Fill(0xA5);
        }

        public StateBlock[] Blocks { get; } = [.. Enumerable.Range(0, Instances).Select(_ =>
            new StateBlock(MemoryObject.OnHeap(ObjectKind.StateBlock, StateBlock.Version, BlockBytes + Guard)))];

        public void Change(Random random)
        {
            for (var changes = random.Next(40); changes > 0; changes--)
                Blocks[random.Next(Instances)].MarkedAt<long>(random.Next(StateBlock.Bytes / 8) * 8) = random.NextInt64();
        }

        public byte[] Capture(ulong checkpoint)
        {
            for (var i = 0; i < Instances; i++) _slots[i].Capture(Blocks[i], checkpoint);
            var payload = new byte[PreparePayload.MaxBytes(Instances)];
            return payload[..PreparePayload.Encode(_slots, checkpoint, payload)];
        }

        public void AssertUntouchedOutside()
        {
            foreach (var block in Blocks)
            {
                Assert.That(Outside(block).ContainsAnyExcept((byte)0xA5), Is.False, "bytes behind the block were written");
                Assert.That(block.Memory.Header.Magic, Is.EqualTo(ObjectHeader.ExpectedMagic));
                Assert.That(block.ChangedChunks, Is.Zero);
            }
        }

        public void Dispose()
        {
            foreach (var block in Blocks) block.Dispose();
            foreach (var slots in _slots) slots.Dispose();
        }

        // Safe: the object was made with room for the guard behind the block.
        private static Span<byte> Outside(StateBlock block) => new(block.Memory.Base + BlockBytes, Guard);
    }
}
