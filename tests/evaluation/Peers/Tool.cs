using System.ComponentModel;
using System.Diagnostics;
using Holdfast.Nfmgr.Supervision;

namespace Holdfast.Evaluation.Peers;

/// <summary>Programs of others that are needed, and where they come from.</summary>
/// <param name="Program">As it is called.</param>
/// <param name="Package">Debian's, that has it.</param>
internal sealed record Tool(string Program, string Package)
{
    public static Tool Gnuplot { get; } = new("gnuplot", "gnuplot-nox");

    public static Tool SocketStatistics { get; } = new("ss", "iproute2");

    public static Tool Testpmd { get; } = new("dpdk-testpmd", "dpdk-dev");

    /// <summary>What to do where a tool is missing; null when it is there.</summary>
    public string? Remedy => IsThere ? null : $"{Program} is missing; install with: apt-get install {Package}";

    private bool IsThere => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, Program)));

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="IOException">It can't be started, or says that it failed.</exception>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        using var process = Start(program, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new IOException($"{program} failed with exit code {process.ExitCode}: {errors.Result.Trim()}{output.Trim()}");
    }

    /// <summary>Starts a program that ends with this one, however this one ends.</summary>
    /// <exception cref="IOException">It can't be started.</exception>
    public static Process Start(string program, params IEnumerable<string> arguments)
    {
        try
        {
            return Spawner.Start(new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", program, .. arguments])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (Win32Exception error)
        {
            throw new IOException($"setpriv can't be started: {error.Message}; install with: apt-get install util-linux", error);
        }
    }
}
