using System.Diagnostics;
using Holdfast.Tests.Unit.Architecture;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>Real programs through network namespaces; needs root and the tools that the script names.</summary>
public sealed class LiveTests
{
    private const int Lacking = 3;

    [Test]
    public void Clients_see_a_pause_as_long_as_it_was_and_a_reset_connection_as_broken() => Run("rehearsal");

    private static void Run(string scenario, params string[] options)
    {
        var script = Path.Combine(SourceTree.Root, "scripts", "failover-live.sh");
        var start = new ProcessStartInfo(script, ["--scenario", scenario, .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == Lacking) Assert.Ignore(errors.Result);
        TestContext.Out.WriteLine(output);
        Assert.That(process.ExitCode, Is.Zero, errors.Result);
    }
}
