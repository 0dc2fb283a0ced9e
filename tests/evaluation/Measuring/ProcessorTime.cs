using System.Globalization;

namespace Holdfast.Evaluation.Measuring;

/// <summary>What some processes use of the processors from now on.</summary>
internal sealed class ProcessorTime
{
    private const double NanosecondsPerTick = 1e7; // USER_HZ is 100 on every Linux

    private readonly IReadOnlyList<int> _processes;
    private readonly long _ticks;

    private ProcessorTime(IReadOnlyList<int> processes)
    {
        _processes = processes;
        _ticks = Ticks();
    }

    /// <summary>User and system time since then.</summary>
    public double Nanoseconds => (Ticks() - _ticks) * NanosecondsPerTick;

    public static ProcessorTime Of(IReadOnlyList<int> processes) => new(processes);

    /// <summary>User and system time by a line of /proc/PID/stat, in ticks. The program's name, which can hold anything, ends at the last parenthesis.</summary>
    public static long TicksOf(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private long Ticks() => _processes.Sum(process => TicksOf(File.ReadAllText($"/proc/{process}/stat")));
}
