using System.Globalization;
using Holdfast.NfLib.State;

namespace Holdfast.Judge;

/// <summary>
/// A node's state as it was written to files: per function one file "name.state" with the 65,536 bytes of its state
/// block. If the directory also holds a file "clock" with a number, the state is that after all inputs up to this
/// clock; without it, the state after all inputs.
/// </summary>
/// <param name="Label">What the judge calls it.</param>
/// <param name="Clock">The last clock that is in it, or <see cref="Everything"/>.</param>
/// <param name="Blocks">One block's data per function, by name.</param>
internal sealed record StateDump(string Label, ulong Clock, IReadOnlyDictionary<string, byte[]> Blocks)
{
    /// <summary>The clock of a dump that contains all inputs.</summary>
    public const ulong Everything = ulong.MaxValue;

    /// <exception cref="JudgeException">A file is missing or is of another size.</exception>
    public static StateDump Read(string label, string directory, IEnumerable<string> functions)
    {
        var blocks = functions.ToDictionary(name => name, name => ReadBlock(Path.Combine(directory, $"{name}.state")));
        var clockFile = Path.Combine(directory, "clock");
        if (!File.Exists(clockFile)) return new StateDump(label, Everything, blocks);
        var text = File.ReadAllText(clockFile).Trim();
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var clock)
            ? new StateDump(label, clock, blocks)
            : throw new JudgeException($"{clockFile}: '{text}' is not a clock; it must be a decimal number");
    }

    private static byte[] ReadBlock(string path)
    {
        if (!File.Exists(path))
            throw new JudgeException($"{path}: no such file; a state directory holds one per function of the chain");
        var bytes = File.ReadAllBytes(path);
        return bytes.Length == StateBlock.Bytes ? bytes
            : throw new JudgeException($"{path}: {bytes.Length} bytes; a state block has {StateBlock.Bytes}");
    }
}

/// <summary>Compares dumps with the reference when its replay has come to their clocks.</summary>
internal sealed class StateChecks
{
    private const int DescribedPerBlock = 4;

    private readonly IReadOnlyList<string> _functions;
    private readonly Verdict _verdict;
    private readonly Queue<StateDump> _waiting;

    /// <param name="dumps">What nodes hold, of the chain's last life.</param>
    /// <param name="functions">The functions' names, from left to right.</param>
    /// <param name="verdict">Where differences are counted, one for each thing that differs.</param>
    public StateChecks(IEnumerable<StateDump> dumps, IReadOnlyList<string> functions, Verdict verdict)
    {
        _functions = functions;
        _verdict = verdict;
        _waiting = new Queue<StateDump>(dumps.OrderBy(dump => dump.Clock));
    }

    /// <summary>Compares the dumps that do not contain an input of this clock, which comes next.</summary>
    public void CompareBefore(ulong clock, IReadOnlyList<StateBlock> reference)
    {
        while (_waiting.Count > 0 && _waiting.Peek().Clock < clock) Compare(_waiting.Dequeue(), reference);
    }

    /// <summary>Compares the dumps that contain everything.</summary>
    public void CompareRest(ulong lastClock, IReadOnlyList<StateBlock> reference)
    {
        while (_waiting.TryDequeue(out var dump))
        {
            if (dump.Clock > lastClock && dump.Clock != StateDump.Everything)
                _verdict.Add(Violation.Record, $"the state on {dump.Label} is that of clock {dump.Clock}, but the " +
                    $"last input on record has clock {lastClock}; did the generator end before the state was saved?");
            Compare(dump, reference);
        }
    }

    private void Compare(StateDump dump, IReadOnlyList<StateBlock> reference)
    {
        for (var i = 0; i < _functions.Count; i++)
        {
            _verdict.Checked++;
            var name = _functions[i];
            var differences = DifferencesOf(dump.Blocks[name], reference[i].Data);
            for (var n = 0; n < differences.Count; n++)
                _verdict.Add(Violation.State, n < DescribedPerBlock
                    ? $"state of {name} on {dump.Label} (first) and in the reference (second): {differences[n]}"
                    : $"state of {name} on {dump.Label}: {differences.Count - n} more differences");
        }
    }

    private static IReadOnlyList<string> DifferencesOf(byte[] dump, ReadOnlySpan<byte> reference)
    {
        try
        {
            return StateContent.Differences(dump, reference);
        }
        catch (StateLayoutException error)
        {
            return [error.Message];
        }
    }
}
