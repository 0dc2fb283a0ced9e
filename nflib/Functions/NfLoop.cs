using System.Diagnostics;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>
/// The run loop of one NF: takes batches from its two inputs, passes barriers on, and captures its changed state when
/// a barrier has arrived on both. It never blocks; a test or a process host calls <see cref="DoWork"/>.
/// </summary>
/// <remarks>
/// A batch is open, then committed by one store, then published; the order of all stores is <see cref="BatchCommit"/>'s.
/// Where the loop stands is in shared memory only, so another process's loop goes on from there.
/// </remarks>
public sealed class NfLoop
{
    private readonly INetworkFunction _nf;
    private readonly NfAttachment _at;
    private readonly Batch _batch;
    private readonly BatchCommit _commit;
    private readonly KnownBadLoop _knownBad; // tested by mask: HasFlag allocates until the JIT has optimised
    private const int PassesPerRing = 8;

    private bool _owns, _firstOutputDue, _complains;
    private int _unannounced; // passes that did something since the neighbours were rung

    public NfLoop(INetworkFunction nf, NfAttachment attachment) : this(nf, attachment, KnownBadLoop.None) { }

    internal NfLoop(INetworkFunction nf, NfAttachment attachment, KnownBadLoop knownBad)
    {
        _nf = nf;
        _at = attachment;
        _commit = new BatchCommit(attachment, knownBad);
        _batch = new Batch(attachment.Pool, _commit.Packets);
        _knownBad = knownBad;
    }

    private ref readonly LoopState State => ref _commit.Record.Current;

    /// <summary>Does what can be done now without waiting. The first call goes on where the last process stopped.</summary>
    /// <returns>Descriptors consumed and captures made; 0 when there was nothing to do.</returns>
    /// <exception cref="InvalidDataException">What the last process left contradicts itself.</exception>
    public int DoWork()
    {
        _at.Block.Vitals.Beat++;
        var work = _at.Control.Active && !_at.Control.IsPaused(_at.Index) ? Pass() : 0;
        if (work > 0 && ++_unannounced < PassesPerRing) return work;
        if (_unannounced > 0) RingNeighbours();
        return work;
    }

    private int Pass()
    {
        var work = _owns ? 0 : TakeOver();
        work += TryCapture();
        work += Step(Direction.LeftToRight);
        return work + Step(Direction.RightToLeft);
    }

    /// <summary>A neighbour that sleeps is woken for some batches at once: who is woken for each costs more than it brings, most of
    /// all on the same core.</summary>
    private void RingNeighbours()
    {
        _unannounced = 0;
        foreach (var neighbour in _at.Neighbours) neighbour.Ring();
        FaultPoint.Reach(FaultStep.DoorbellsRung);
    }

    /// <summary>Replaces the whole state, in a commit like any other, before the first batch.</summary>
    /// <param name="state">A state block's data, of the layout that this NF declares.</param>
    internal void Migrate(ReadOnlySpan<byte> state)
    {
        TakeOver();
        _at.Block.Replace(state);
        _commit.Next();
        _commit.Commit();
    }

    /// <summary>Undoes or completes what the last process was at.</summary>
    /// <returns>1 when there was one: it may have owed the neighbours a wake-up.</returns>
    private int TakeOver()
    {
        _at.Block.Vitals.FirstOutputAt = 0;
        FaultPoint.Reach(FaultStep.TookOver);
        _commit.Recover();
        _owns = _firstOutputDue = true;
        return _commit.Record.Sequence > 0 || _commit.Record.Attempt.Deaths > 0 ? 1 : 0;
    }

    private int Step(Direction direction)
    {
        // Behind a barrier nothing is read until the other side's barrier has come and the state is captured.
        if (State.Met[(int)direction] != 0 || _complains) return 0;
        var attempt = _commit.Record.Attempt;
        // A batch under suspicion is settled before anything else is read.
        if (attempt.Deaths > 0 && attempt.Direction != direction) return 0;
        var input = _at.Inputs[(int)direction];
        var output = _at.Outputs[(int)direction];
        var available = input.Available(Batch.MaxPackets);
        if (available == 0) return 0;

        // One slot of the output stays free for a barrier; every packet might be dropped.
        var most = Math.Min(available, Batch.MaxPackets);
        if (attempt.Packets > 0) most = Math.Min(most, attempt.IsSplit ? 1 : attempt.Packets);
        most = Math.Min(most, output.Room(most + 1) - 1);
        most = Math.Min(most, _at.Returns.Room(most));
        var taken = 0;
        var room = _batch.Room;
        var pool = _at.Pool;
        _batch.Begin(direction);
        for (; taken < most && taken < room.Length; taken++)
        {
            var descriptor = input.Peek(taken);
            if (descriptor.Kind != DescriptorKind.Packet) break;
            if (descriptor.Buffer >= pool.Count) return Complain(direction, descriptor);
            // The whole batch's lines come at the same time, while the first packet is still waited for.
            pool.Prefetch(descriptor.Buffer);
            room[taken] = descriptor;
        }

        if (taken > 0)
        {
            _batch.Take(taken);
            _commit.Open(direction, taken, attempt);
            ProcessBatch(direction, taken);
            return taken;
        }

        // A barrier or tick ends the batch before it, so it is always alone. The kept slot lets it through.
        var special = input.Peek(0);
        if (special.Kind == DescriptorKind.Packet || output.Room(1) < 1) return 0;
        return PassOn(direction, special, attempt);
    }

    private void ProcessBatch(Direction direction, int taken)
    {
        _nf.Process(_batch);
        FaultPoint.Reach(FaultStep.Processed);

        var (forwarded, turned, dropped) = (taken, 0, 0);
        // As they came: nfmgr knows a packet by its use number too.
        if (_batch.IsAllForwarded) _at.Outputs[(int)direction].Put(_batch.Descriptors);
        else (forwarded, turned, dropped) = Sort(direction, taken);

        ref var statistics = ref _at.Block.ModifyStatistics();
        statistics.Batches++;
        statistics.Forwarded += (ulong)forwarded;
        statistics.TurnedBack += (ulong)turned;
        if (_batch.FromLeft) statistics.PacketsLeftToRight += (ulong)taken;
        else statistics.PacketsRightToLeft += (ulong)taken;
        FaultPoint.Reach(FaultStep.OutputsFilled);

        ref var next = ref _commit.Next();
        next.Heads[(int)direction] += (ulong)taken;
        next.Tails[(int)direction] += (ulong)forwarded;
        next.Tails[1 - (int)direction] += (ulong)turned;
        next.Returns += (ulong)dropped;
        _commit.Commit();
        if (_firstOutputDue && forwarded + turned > 0)
        {
            _firstOutputDue = false;
            _at.Block.Vitals.FirstOutputAt = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Puts each packet of the batch where its verdict says.</summary>
    private (int Forwarded, int Turned, int Dropped) Sort(Direction direction, int taken)
    {
        var output = _at.Outputs[(int)direction];
        var back = _at.Outputs[1 - (int)direction];
        int forwarded = 0, dropped = 0, turned = 0;
        for (var i = 0; i < taken; i++)
        {
            var buffer = _batch.BufferOf(i);
            var descriptor = _batch.DescriptorOf(i); // as it came: nfmgr knows it by its use number too
            if (_batch.IsForwarded(i))
            {
                output.Put(forwarded++, descriptor);
            }
            // Here too one slot stays free for a barrier; waiting for room could make a circle of NFs.
            else if (_batch.IsTurnedBack(i) && back.Room(turned + 2) >= turned + 2)
            {
                back.Put(turned++, descriptor);
                _commit.Packets?.Touch(i, buffer, 0);
                _at.Pool.Metadata(buffer).Direction ^= 1;
            }
            else
            {
                if ((_knownBad & KnownBadLoop.KeepDropped) == 0) _at.Returns.Put(dropped++, descriptor);
                _at.Block.ModifyDropped((int)_batch.ReasonOf(i))++;
            }
        }

        return (forwarded, turned, dropped);
    }

    private int PassOn(Direction direction, Descriptor special, Attempt attempt)
    {
        ulong met = 0;
        switch (special.Kind)
        {
            case DescriptorKind.Tick:
                _commit.Open(direction, 0, attempt);
                _nf.Tick((long)special.Value * 1000);
                _at.Block.ModifyStatistics().Ticks++;
                break;
            case DescriptorKind.Barrier or DescriptorKind.JoinBarrier:
                var other = State.Met[1 - (int)direction];
                if (special.Value == 0 || (other != 0 && other != special.Value && (_knownBad & KnownBadLoop.CaptureAfterOneBarrier) == 0))
                    return Complain(direction, special);
                met = special.Value;
                break;
            default:
                return Complain(direction, special);
        }

        // A barrier is passed on before the capture: with two directions, waiting would be a circle.
        _at.Outputs[(int)direction].Put(0, special);
        FaultPoint.Reach(FaultStep.OutputsFilled);
        ref var next = ref _commit.Next();
        next.Heads[(int)direction]++;
        next.Tails[(int)direction]++;
        if (met != 0) next.Met[(int)direction] = met;
        if (special.Kind == DescriptorKind.JoinBarrier) next.Joining = 1;
        _commit.Commit();
        if (met != 0) MeetBarriers(met);
        return 1;
    }

    private void MeetBarriers(ulong met)
    {
        if ((_knownBad & KnownBadLoop.CaptureAfterOneBarrier) != 0 && State.Met[0] != State.Met[1])
        {
            if (_at.Slots.Holds(met) == met || !_at.Slots.IsFree(met, _at.Control.Prepared)) return;
            if (State.Joining != 0) _at.Block.BeginJoin();
            _at.Slots.Capture(_at.Block, met, _at.JoinLines);
            return;
        }

        TryCapture();
    }

    private int TryCapture()
    {
        var checkpoint = State.Met[0];
        if (checkpoint == 0 || State.Met[1] == 0) return 0;
        // No free slot means that the standby is behind: waiting only delays.
        if (!_at.Slots.IsCaptured(checkpoint) && !_at.Slots.IsFree(checkpoint, _at.Control.Prepared)) return 0;
        _commit.Capture();
        return 1;
    }

    /// <summary>An input holds what no honest neighbour sends: nothing more is read, and nfmgr is told.</summary>
    private int Complain(Direction direction, Descriptor descriptor)
    {
        ref var vitals = ref _at.Block.Vitals;
        vitals.ComplaintDescriptor = descriptor.Raw;
        Volatile.Write(ref vitals.ComplaintDirection, 1 + (uint)direction);
        _complains = true;
        return 0;
    }
}
