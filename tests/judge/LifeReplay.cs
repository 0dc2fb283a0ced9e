using Holdfast.NfLib.Packets;

namespace Holdfast.Judge;

/// <summary>
/// Replays the counted inputs of one life of the chain by their clocks, and compares what came out and what is in the
/// nodes' state with the reference.
/// </summary>
internal sealed class LifeReplay(
    Evidence evidence, Terms terms, int life, ReferenceChain reference, StateChecks states, Verdict verdict)
{
    private readonly ByClock _outputs = ByClock.Of(evidence.Outputs, terms, life);
    private readonly long[] _lastTime = new long[2];
    private int _nextOutput;
    private ulong _lastClock;

    public void Run()
    {
        var inputs = ByClock.Of(evidence.Inputs, terms, life);
        for (var i = 0; i < inputs.Count; i++)
        {
            ref readonly var input = ref evidence.Inputs[inputs.Position(i)];
            if (i > 0 && inputs.Clock(i - 1) == input.Clock)
            {
                verdict.Add(Violation.Record, $"{Words.Of(input, evidence)}: the clock was given before, by " +
                    evidence.NameOf(evidence.Inputs[inputs.Position(i - 1)].Node));
                continue;
            }

            RefuseOutputsBelow(input.Clock);
            var first = _nextOutput;
            while (_nextOutput < _outputs.Count && _outputs.Clock(_nextOutput) == input.Clock) _nextOutput++;
            Judge(input, first, _nextOutput);
        }

        RefuseOutputsBelow(ulong.MaxValue);
        // A ruler that has accepted nothing yet is at its base.
        states.CompareRest(Math.Max(_lastClock, terms.Lives[life].Last.ClockBase), reference.Blocks);
    }

    /// <summary>Judges one input with the outputs of its clock, which stand from <paramref name="first"/> to before
    /// <paramref name="end"/>.</summary>
    private void Judge(in Input input, int first, int end)
    {
        var term = terms.Find(input.Term)!; // inputs of unknown terms are in no life
        var covered = terms.Lives[life].CoveredOf(input.Term)!.Value;
        if (input.Clock > covered)
        {
            if (!input.IsTick) verdict.LostInputs++;
            for (; first < end; first++)
                Mismatch(Output(first), $"but later terms go on with a state that ends at clock {covered}");
            return;
        }

        CheckTime(input);
        states.CompareBefore(input.Clock, reference.Blocks);
        _lastClock = input.Clock;
        if (term.Reign.Life != life)
        {
            Inherit(input);
            return;
        }

        if (input.IsTick)
        {
            verdict.Ticks++;
            reference.Tick(input.Time);
            for (; first < end; first++) Mismatch(Output(first), "but that clock is a tick's");
            return;
        }

        verdict.Inputs++;
        // A frame that is not known was reported with its record, and can not be replayed.
        if (input.FrameEntry < 0) return;
        var expected = reference.TryProcess(
            input.Direction, evidence.Frame(input.FrameEntry), input.Time, input.Clock, out var frame);
        var cameOut = false;
        for (; first < end; first++)
        {
            ref readonly var output = ref Output(first);
            verdict.Checked++;
            if (output.Direction != input.Direction) Mismatch(output, "but its input went the other way");
            else if (cameOut) verdict.Add(Violation.Duplicate, $"{Words.Of(output, evidence)}: it had come out before");
            else if (!expected) Mismatch(output, "but the reference drops it");
            else CompareFrame(output, term, frame);
            cameOut |= output.Direction == input.Direction;
        }

        if (expected && !cameOut) NoteLost(input, term.Reign);
    }

    /// <summary>What this led to was judged with the life in which it was accepted.</summary>
    private void Inherit(in Input input)
    {
        if (input.IsTick) reference.Tick(input.Time);
        else if (input.FrameEntry >= 0)
            reference.TryProcess(input.Direction, evidence.Frame(input.FrameEntry), input.Time, input.Clock, out _);
    }

    private ref readonly Output Output(int at) => ref evidence.Outputs[_outputs.Position(at)];

    private void CompareFrame(in Output output, Term accepted, ReadOnlySpan<byte> expected)
    {
        // A node releases its own inputs, in their term or, when it went on alone meanwhile, in a later one.
        if (terms.Find(output.Term)?.Reign != accepted.Reign || output.Term < accepted.Number)
        {
            Mismatch(output, "but it was accepted by " +
                $"{evidence.NameOf(accepted.Reign.Node)} in term {accepted.Number}");
            return;
        }

        var frame = evidence.Frame(output.Entry);
        if (frame.SequenceEqual(expected)) return;
        var at = frame.CommonPrefixLength(expected);
        Mismatch(output, frame.Length != expected.Length
            ? $"but it has {frame.Length} bytes, the reference's {expected.Length}"
            : $"but its byte {at} is 0x{frame[at]:x2}, the reference's 0x{expected[at]:x2}");
    }

    private void NoteLost(in Input input, Reign reign)
    {
        verdict.LostOutputs++;
        // Outputs are released in order, so a dying node takes the last ones with it, and none in between.
        if (input.Clock < reign.LastReleased[(int)input.Direction])
            verdict.Add(Violation.Withheld, $"{Words.Of(input, evidence)}: it never came out, but later ones did; " +
                "did the node's port refuse frames?");
        else if (!reign.WasEnded)
            verdict.Add(Violation.Withheld, $"{Words.Of(input, evidence)}: it never came out, and no takeover " +
                "followed; was the chain drained before the journal ended?");
    }

    private void CheckTime(in Input input)
    {
        ref var last = ref _lastTime[(int)input.Direction];
        if (input.Time < last)
            verdict.Add(Violation.Record, $"{Words.Of(input, evidence)}: its time is {last - input.Time} ns before " +
                "its predecessor's");
        last = Math.Max(last, input.Time);
    }

    private void RefuseOutputsBelow(ulong clock)
    {
        for (; _nextOutput < _outputs.Count && _outputs.Clock(_nextOutput) < clock; _nextOutput++)
        {
            verdict.Checked++;
            Mismatch(Output(_nextOutput), "but no input with that clock was recorded");
        }
    }

    private void Mismatch(in Output output, string why) =>
        verdict.Add(Violation.Mismatch, $"{Words.Of(output, evidence)}: {why}");
}
