using System.Text.Json.Nodes;

namespace Holdfast.Judge;

/// <summary>What a violation is about.</summary>
internal enum Violation
{
    /// <summary>A released frame is not what the reference releases for its clock, or comes from an input that the
    /// state does not contain.</summary>
    Mismatch,

    /// <summary>An output came out again.</summary>
    Duplicate,

    /// <summary>Outputs of one direction came out in another order than their clocks.</summary>
    Order,

    /// <summary>A node's state holds something else than the reference's.</summary>
    State,

    /// <summary>Clocks, times or terms contradict each other, or a record names a frame that was not sent.</summary>
    Record,

    /// <summary>An output did not come out although no takeover explains that.</summary>
    Withheld,
}

/// <summary>The result of a judgement: counts, and the first violations in words.</summary>
internal sealed class Verdict
{
    public const int MostDescriptions = 20;

    private readonly long[] _counts = new long[Enum.GetValues<Violation>().Length];
    private readonly List<string> _first = [];

    /// <summary>Things compared: records, outputs, and states of NFs.</summary>
    public long Checked { get; set; }

    /// <summary>Accepted frames that count.</summary>
    public long Inputs { get; set; }

    /// <summary>Ticks that count.</summary>
    public long Ticks { get; set; }

    /// <summary>Frames that came out.</summary>
    public long Outputs { get; set; }

    /// <summary>Outputs of counted inputs that never came out, for whatever reason.</summary>
    public long LostOutputs { get; set; }

    /// <summary>Frames that were accepted but are in no state that went on.</summary>
    public long LostInputs { get; set; }

    public int Terms { get; set; }

    /// <summary>How often the chain began again with empty or with older state.</summary>
    public int StateLost { get; set; }

    public long Violations => _counts.Sum();

    /// <summary>Up to 20 descriptions, in the order in which they were found.</summary>
    public IReadOnlyList<string> First => _first;

    public long this[Violation kind] => _counts[(int)kind];

    public void Add(Violation kind, string description)
    {
        _counts[(int)kind]++;
        if (_first.Count < MostDescriptions) _first.Add(description);
    }

    public JsonObject ToJson() => new()
    {
        ["checked"] = Checked,
        ["violations"] = Violations,
        ["duplicates"] = this[Violation.Duplicate],
        ["mismatches"] = this[Violation.Mismatch],
        ["order"] = this[Violation.Order],
        ["stateMismatches"] = this[Violation.State],
        ["records"] = this[Violation.Record],
        ["withheld"] = this[Violation.Withheld],
        ["lostOutputs"] = LostOutputs,
        ["lostInputs"] = LostInputs,
        ["inputs"] = Inputs,
        ["ticks"] = Ticks,
        ["outputs"] = Outputs,
        ["terms"] = Terms,
        ["stateLost"] = StateLost,
        ["first"] = new JsonArray([.. _first.Select(line => JsonValue.Create(line))]),
    };

    public string ToText()
    {
        var lines = new List<string>
        {
            $"{Inputs:N0} inputs, {Ticks:N0} ticks and {Outputs:N0} outputs in {Terms} terms; {Checked:N0} checks.",
            $"Lost at takeovers: {LostInputs:N0} inputs and {LostOutputs - this[Violation.Withheld]:N0} outputs.",
        };
        if (StateLost > 0) lines.Add($"State was lost {StateLost} times: the chain began again with empty or older state.");
        if (Violations == 0)
        {
            lines.Add("No violation.");
        }
        else
        {
            var kinds = Enum.GetValues<Violation>().Where(kind => this[kind] > 0);
            var counts = kinds.Select(kind => $"{kind} {this[kind]:N0}");
            lines.Add($"{Violations:N0} VIOLATIONS ({string.Join(", ", counts)}):");
            lines.AddRange(_first.Select(description => $"  {description}"));
            if (Violations > _first.Count) lines.Add($"  and {Violations - _first.Count:N0} more");
        }

        return string.Join('\n', lines);
    }
}
