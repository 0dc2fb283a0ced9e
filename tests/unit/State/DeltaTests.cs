using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>What is captured, encoded and applied makes the replica equal to the primary.</summary>
public sealed class DeltaTests
{
    private readonly byte[] _buffer = new byte[Delta.MaxBytes];
    private StateBlock _primary = null!, _replica = null!;
    private DeltaSlots _slots = null!;

    [SetUp]
    public void Make()
    {
        _primary = StateBlock.OnHeap();
        _replica = StateBlock.OnHeap();
        _slots = DeltaSlots.OnHeap();
    }

    [TearDown]
    public void Free()
    {
        _primary.Dispose();
        _replica.Dispose();
        _slots.Dispose();
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_replica_follows_through_random_changes(int seed)
    {
        var random = new Random(seed);
        for (ulong checkpoint = 1; checkpoint <= 300; checkpoint++)
        {
            var most = random.Next(4) switch { 0 => 0, 1 => 3, 2 => 100, _ => 3000 };
            Change(random, random.Next(most + 1));
            var changed = TestBlock.MarkedLines(_primary).Count;
            Assert.That(_slots.Capture(_primary, checkpoint), Is.EqualTo(changed));
            Assert.That(TestBlock.MarkedLines(_primary), Is.Empty, "a capture forgets what it took");

            // What the NF changes after the capture belongs to the next checkpoint.
            var atCapture = _primary.Data.ToArray();
            Change(random, random.Next(10));
            ApplyTo(_replica, checkpoint);
            if (!_replica.Data.SequenceEqual(atCapture)) Assert.Fail($"the replica differs at checkpoint {checkpoint}");
        }
    }

    [Test]
    public void A_joining_replica_starts_from_zeroes_and_gets_everything()
    {
        var random = new Random(3);
        Change(random, 500);
        _slots.Capture(_primary, 1);
        _primary.Data[..4096].Clear(); // lines in use that became zero need not travel to who starts from zeroes
        Change(random, 20);
        _primary.BeginJoin();
        _slots.Capture(_primary, 2);
        ApplyTo(_replica, 2);
        Assert.That(_replica.Data.SequenceEqual(_primary.Data));
    }

    [Test]
    public void Nothing_changed_is_eight_bytes_and_everything_is_the_largest()
    {
        _slots.Capture(_primary, 1);
        Assert.That(_slots.Encode(1, _buffer), Is.EqualTo(8));
        new Random(4).NextBytes(_primary.Data);
        _primary.Mark(0, StateBlock.Bytes);
        Assert.That(_slots.Capture(_primary, 2), Is.EqualTo(StateBlock.Lines));
        Assert.That(_slots.Encode(2, _buffer), Is.EqualTo(Delta.MaxBytes));
        ApplyTo(_replica, 2);
        Assert.That(_replica.Data.SequenceEqual(_primary.Data));
    }

    [Test]
    public void A_slot_is_free_again_when_its_checkpoint_is_prepared()
    {
        for (ulong c = 1; c <= DeltaSlots.Count; c++)
        {
            Assert.That(_slots.IsFree(c, preparedWatermark: 0), "never used");
            Assert.That(_slots.IsCaptured(c), Is.False);
            _primary.Data[(int)c] = 1;
            _primary.Mark((int)c, 1);
            _slots.Capture(_primary, c);
            Assert.That((_slots.IsCaptured(c), _slots.Holds(c)), Is.EqualTo((true, c)));
        }

        const ulong Next = DeltaSlots.Count + 1;
        Assert.That(_slots.IsFree(Next, preparedWatermark: 0), Is.False);
        Assert.That(_slots.IsFree(Next, preparedWatermark: 1));
        Assert.That(_slots.IsFree(Next + 1, preparedWatermark: 1), Is.False);
        Assert.That(_slots.IsCaptured(Next), Is.False, "its slot holds the first one still");
    }

    [Test]
    public void Nfmgr_sees_what_the_NF_captured()
    {
        using var made = DeltaSlots.Create("nat");
        using var other =
            new DeltaSlots(MemoryObject.Map(Syscall.dup(made.Memory.Fd), ObjectKind.DeltaSlots, DeltaSlots.Version));
        _primary.Data[1000] = 7;
        _primary.Mark(1000, 1);
        made.Capture(_primary, 9);
        Assert.That(other.IsCaptured(9));
        Assert.That(other.Encode(9, _buffer), Is.EqualTo(8 + 2 + 64));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Whatever_an_NF_scribbles_into_a_slot_is_encoded_as_a_valid_delta(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(SlotBytes(1));
            var length = _slots.Encode(1, _buffer);
            Assert.That(Delta.IsValid(_buffer.AsSpan(0, length)));
            Delta.Apply(_buffer.AsSpan(0, length), _replica);
        }
    }

    [Test]
    public void An_NF_that_scribbles_meanwhile_is_encoded_as_a_valid_delta()
    {
        var stop = false;
        var random = new Random(5);
        var scribbler = new Thread(() =>
        {
            while (!Volatile.Read(ref stop)) random.NextBytes(SlotBytes(1)[..DeltaSlots.LinesOffset]);
        });
        scribbler.Start();
        var wrong = 0;
        for (var round = 0; round < 20_000; round++)
        {
            if (!Delta.IsValid(_buffer.AsSpan(0, _slots.Encode(1, _buffer)))) wrong++;
        }

        Volatile.Write(ref stop, true);
        scribbler.Join();
        Assert.That(wrong, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    public void What_is_no_delta_is_refused_and_what_is_accepted_stays_inside(int seed)
    {
        var random = new Random(seed);
        using var memory = MemoryObject.OnHeap(ObjectKind.StateBlock, StateBlock.Version,
            StateBlock.TotalBytes);
        using var block = new StateBlock(memory);
        int accepted = 0, refused = 0;
        for (var round = 0; round < 5000; round++)
        {
            Change(random, random.Next(20));
            _slots.Capture(_primary, 1);
            var length = _slots.Encode(1, _buffer);
            switch (random.Next(4))
            {
                case 0:
                    length = random.Next(length);
                    break;
                case 1:
                    length += random.Next(1, 200);
                    break;
                case 2:
                    _buffer[random.Next(Math.Min(length, 40))] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    random.NextBytes(_buffer.AsSpan(0, length));
                    break;
            }

            var delta = _buffer.AsSpan(0, length);
            if (Delta.IsValid(delta))
            {
                accepted++;
                Delta.Apply(delta, block);
            }
            else
            {
                refused++;
            }
        }

        Assert.That(accepted, Is.Positive);
        Assert.That(refused, Is.GreaterThan(3000));
        var behind = Behind(memory);
        Assert.That(behind.IndexOfAnyExcept((byte)0), Is.EqualTo(-1), "behind the block");
    }

    [TestCase(new byte[0], ExpectedResult = false)]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0 }, ExpectedResult = false)]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, ExpectedResult = true)]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0 }, ExpectedResult = false)]
    [TestCase(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }, ExpectedResult = false)]
    [TestCase(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, ExpectedResult = true)]
    [TestCase(new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, ExpectedResult = false)]
    public bool The_shape_of_a_delta(byte[] delta) => Delta.IsValid(delta);

    /// <summary>Captures can be cut short behind any step, and done again.</summary>
    [Test]
    public void A_joiner_gets_everything_in_small_parts_while_it_changes([Range(1, 6)] int seed, [Values(1, 7, 128)] int linesEach)
    {
        var random = new Random(seed);
        Change(random, 300);
        _primary.ClearMarks(); // no other standby needs them
        _primary.BeginJoin();
        ulong checkpoint = 0;
        int remaining, before = StateBlock.Lines + 1;
        do
        {
            Change(random, random.Next(4));
            var changed = TestBlock.MarkedLines(_primary).Count;
            var copied = _slots.Capture(_primary, ++checkpoint, linesEach);
            Assert.That(copied, Is.LessThanOrEqualTo(changed + linesEach));
            remaining = _slots.JoinRemaining(checkpoint);
            Assert.That(remaining, Is.LessThan(before), "a join gets on with every checkpoint");
            before = remaining;
            if (random.Next(3) == 0) _slots.Forget(_primary, checkpoint); // by a successor that can't know whether it was done
            ApplyTo(_replica, checkpoint);
        }
        while (remaining > 0);
        Assert.That(_replica.Data.SequenceEqual(_primary.Data));
        Assert.That(_primary.JoiningChunks, Is.Zero);
    }

    private void Change(Random random, int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            var length = random.Next(1, 200);
            var offset = random.Next(StateBlock.Bytes - length);
            _primary.Mark(offset, length);
            if (random.Next(5) == 0) _primary.Data.Slice(offset, length).Clear();
            else random.NextBytes(_primary.Data.Slice(offset, length));
        }
    }

    private void ApplyTo(StateBlock replica, ulong checkpoint)
    {
        var delta = _buffer.AsSpan(0, _slots.Encode(checkpoint, _buffer));
        Assert.That(Delta.IsValid(delta));
        Delta.Apply(delta, replica);
    }

    private unsafe Span<byte> SlotBytes(ulong checkpoint) =>
        new(_slots.Memory.Base + ObjectHeader.Bytes + (long)(checkpoint % DeltaSlots.Count) * DeltaSlots.SlotBytes,
            DeltaSlots.SlotBytes);

    private static unsafe ReadOnlySpan<byte> Behind(MemoryObject memory) =>
        new(memory.Base + StateBlock.DataOffset + StateBlock.Bytes, StateBlock.Bytes);
}
