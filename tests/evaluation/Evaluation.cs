using Holdfast.Evaluation.Experiments;
using Holdfast.Evaluation.Peers;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation;

/// <summary>Runs the chosen experiments one after the other, and writes what they found.</summary>
internal sealed class Evaluation(EvaluationOptions options, Action<string> progress)
{
    private static readonly IExperiment[] Experiments = 
    [
        new ThroughputExperiment(), new StateSizeExperiment(), new LatencyExperiment(), new NfFailoverExperiment(), new TakeoverExperiment(),
        new PartsExperiment(), new CostExperiment(), new WaitingExperiment(), new CompilationExperiment(),
        new DpdkExperiment(), new PortsExperiment(),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Experiments.Select(experiment => experiment.Name)];

    /// <summary>What this machine lacks; null when it has everything without which there is no report.</summary>
    public static string? Missing => Tool.Gnuplot.Remedy ?? Tool.SocketStatistics.Remedy;

    /// <returns>What was wrong.</returns>
    /// <param name="stop">Ends it before the next turn.</param>
    /// <exception cref="IOException">A program failed, or the results can't be written.</exception>
    public IReadOnlyList<string> Run(CancellationToken stop)
    {
        Directory.CreateDirectory(options.Directory);
        var scratch = Directory.CreateTempSubdirectory("holdfast-evaluation-").FullName;
        try
        {
            var laboratory = new Laboratory(options, scratch, progress, stop);
            var machine = Machine.Describe();
            var sections = new List<Section>();
            foreach (var experiment in Experiments.Where(experiment => options.Only.Contains(experiment.Name)))
            {
                sections.Add(experiment.Run(laboratory));
                // After each, so that what was found is kept whatever becomes of the others.
                new ReportWriter(laboratory, machine).Write(sections);
                laboratory.ThrowIfStopped();
            }

            return laboratory.Violations;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
