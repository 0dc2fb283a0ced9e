using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation;

/// <summary>What experiments work with: how long to measure, where to put things, and where to say what was wrong.</summary>
/// <param name="options">The run's.</param>
/// <param name="directory">For what processes need while they run; removed afterwards.</param>
/// <param name="progress">Takes a line for the person who waits.</param>
/// <param name="stop">Whether that person waits no longer.</param>
internal sealed class Laboratory(EvaluationOptions options, string directory, Action<string> progress, CancellationToken stop)
{
    private readonly List<string> _violations = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _commands = [];
    private readonly SortedDictionary<string, string> _configurations = new(StringComparer.Ordinal);
    private int _directories;

    public EvaluationOptions Options => options;

    public Results Results { get; } = new();

    /// <summary>What was wrong; any of it fails the evaluation.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>What a reader of the report must know, such as what could not be measured here.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Programs that were started beside the nodes.</summary>
    public IReadOnlyList<string> Commands => _commands;

    /// <summary>Of the node that rules, by the name of the bed.</summary>
    public IReadOnlyDictionary<string, string> Configurations => _configurations;

    /// <summary>One turn of a bed under a load, warm-up and checks included.</summary>
    /// <param name="bed">Whose turn it is.</param>
    /// <param name="rate">Packets a second, both directions together.</param>
    public Measured Measure(Bed bed, long rate) => Measure(bed, rate, b => b.Load(rate, options.Seconds));

    /// <summary>As before, when the load is not all that is measured.</summary>
    public TResult Measure<TResult>(Bed bed, long rate, Func<Bed, TResult> measure)
    {
        ThrowIfStopped();
        return bed.Turn(b => b.Load(rate, options.WarmUpSeconds), measure);
    }

    /// <exception cref="OperationCanceledException">The run was interrupted.</exception>
    public void ThrowIfStopped() => stop.ThrowIfCancellationRequested();

    public void Progress(string what) => progress(what);

    public void Violate(string what)
    {
        _violations.Add(what);
        progress($"WRONG: {what}");
    }

    public void Note(string what)
    {
        if (_notes.Contains(what)) return;
        _notes.Add(what);
        progress(what);
    }

    public void NoteCommand(string command)
    {
        if (!_commands.Contains(command)) _commands.Add(command);
    }

    public void NoteConfiguration(Bed bed) => _configurations[$"{bed.Name}, {(bed.Plan.FrameBytes == BedPlan.Mixed ? "IMIX" : "64 B")}, {bed.Plan.Flows} flows, waiting {bed.Plan.Waiting}"] = File.ReadAllText(bed.ConfigFile);

    public string NewDirectory() => Path.Combine(directory, $"{++_directories}");
}
