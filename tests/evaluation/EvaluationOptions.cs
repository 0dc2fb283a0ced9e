using System.Globalization;

namespace Holdfast.Evaluation;

/// <summary>What a run is told.</summary>
/// <param name="Quick">Short turns and few kills, for a look and for CI.</param>
/// <param name="Directory">Where the results go.</param>
/// <param name="Only">Names of the experiments that shall run.</param>
/// <param name="Kills">Of an NF, and of a primary.</param>
internal sealed record EvaluationOptions(bool Quick, string Directory, IReadOnlyList<string> Only, int Kills)
{
    public const string Usage = """
        usage: evaluate [options]
          --quick            short turns and 20 kills; some six minutes
          --out DIR          where results.json, a CSV for each experiment and report.html go; default artifacts/evaluation
          --only NAME,NAME   only these experiments
          --kills N          kills of an NF, and of a primary; default 100, 20 if quick
        Exit codes: 0 all is well, 1 a result is wrong, 2 wrong arguments, 3 this machine lacks something, 4 the harness
        failed, 130 interrupted
        """;

    /// <summary>Of each contestant of a comparison; odd, so that a median is one of them.</summary>
    public int Turns => Quick ? 3 : 7;

    /// <summary>Length of a measurement.</summary>
    public double Seconds => Quick ? 0.4 : 2;

    /// <summary>Length of the measurement before it, which is thrown away.</summary>
    public double WarmUpSeconds => Quick ? 0.15 : 0.5;

    /// <param name="arguments">The command line.</param>
    /// <param name="experiments">Names of those that there are.</param>
    /// <exception cref="FormatException">They can't be understood; says which.</exception>
    public static EvaluationOptions Parse(string[] arguments, IReadOnlyList<string> experiments)
    {
        var quick = false;
        var directory = Path.Combine(Installation.SourceRoot, "artifacts", "evaluation");
        var only = experiments;
        int? kills = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name == "--quick")
            {
                quick = true;
                continue;
            }

            if (name is not ("--out" or "--only" or "--kills")) throw new FormatException($"'{name}' is not an option");
            var value = ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} needs a value");
            switch (name)
            {
                case "--out":
                    directory = Path.GetFullPath(value);
                    break;
                case "--only":
                    only = Chosen(value.Split(',', StringSplitOptions.RemoveEmptyEntries), experiments);
                    break;
                default:
                    kills = int.TryParse(value, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 100_000 ? count
                        : throw new FormatException($"--kills {value}: it must be a whole number, 1 to 100000");
                    break;
            }
        }

        return new EvaluationOptions(quick, directory, only, kills ?? (quick ? 20 : 100));
    }

    private static string[] Chosen(string[] names, IReadOnlyList<string> experiments)
    {
        if (names.FirstOrDefault(name => !experiments.Contains(name)) is { } unknown)
            throw new FormatException($"--only {unknown}: there is no such experiment; there are {string.Join(", ", experiments)}");
        // In the order of the report, whatever the command line's.
        return [.. experiments.Where(names.Contains)];
    }
}
