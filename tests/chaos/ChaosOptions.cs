using System.Globalization;
using System.Reflection;
using Holdfast.Chaos.Faults;

namespace Holdfast.Chaos;

/// <summary>What a run is told.</summary>
/// <param name="Minutes">How long faults are made; the last session ends after that.</param>
/// <param name="Seed">Of everything that a seed can decide.</param>
/// <param name="Json">Where the report goes, or null.</param>
/// <param name="OnlySession">The one session that shall run, or null.</param>
/// <param name="Kinds">Of faults.</param>
/// <param name="KeepLogs">Where all logs are left; null leaves those of sessions with violations, in a directory that the report names.</param>
internal sealed record ChaosOptions(double Minutes, int Seed, string? Json, int? OnlySession, IReadOnlyList<FaultKind> Kinds, string? KeepLogs)
{
    public const string Usage = """
        usage (as root): chaos --minutes N --seed S [options]
          --minutes N    for how long; may be a fraction
          --seed S       of the faults, their moments and the traffic; a fresh one unless given
          --session I    only this session of the seed, once
          --faults A,B   only these kinds of faults; default all
          --json FILE    writes the report there
          --keep-logs D  leaves every session's configurations, logs and journal in directory D
        Exit codes: 0 no violation, 1 there was one, 2 wrong arguments, 3 this machine lacks something, 4 the harness
        failed, 130 interrupted
        """;

    /// <summary>Where nfmgr lies, with its NFs, the generator and the judge beside it.</summary>
    public string Programs { get; } = typeof(ChaosOptions).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ProgramDirectory").Value!;

    /// <exception cref="FormatException">They can't be understood; says which.</exception>
    public static ChaosOptions Parse(string[] arguments)
    {
        double minutes = 0;
        int seed = Random.Shared.Next(), session = -1;
        string? json = null, keep = null;
        IReadOnlyList<FaultKind> kinds = Enum.GetValues<FaultKind>();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var (name, value) = (arguments[i], i + 1 < arguments.Length ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value"));
            switch (name)
            {
                case "--minutes" when double.TryParse(value, CultureInfo.InvariantCulture, out minutes) && minutes is > 0 and < 100_000: break;
                case "--minutes": throw new FormatException($"--minutes {value}: it must be a number above 0");
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out seed): break;
                case "--seed": throw new FormatException($"--seed {value}: it must be a whole number of 32 bits");
                case "--session" when int.TryParse(value, CultureInfo.InvariantCulture, out session) && session >= 0: break;
                case "--session": throw new FormatException($"--session {value}: it must be a session's number, from 0 on");
                case "--faults": kinds = [.. value.Split(',').Select(Kind)]; break;
                case "--json": json = Path.GetFullPath(value); break;
                case "--keep-logs": keep = Path.GetFullPath(value); break;
                default: throw new FormatException($"'{name}' is not an option");
            }
        }

        if (minutes == 0) throw new FormatException("--minutes is missing: say for how long");
        return new ChaosOptions(minutes, seed, json, session < 0 ? null : session, kinds, keep);
    }

    private static FaultKind Kind(string name) => Enum.TryParse<FaultKind>(name, out var kind) && Enum.IsDefined(kind) ? kind
        : throw new FormatException($"--faults {name}: there is no such fault; there are {string.Join(", ", Enum.GetNames<FaultKind>())}");
}
