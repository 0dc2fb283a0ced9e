using System.Diagnostics;
using System.Globalization;
using Holdfast.Tests.Unit.Architecture;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>
/// A bounded run of tests/chaos: real nodes and traffic in namespaces, faults by a seed. Longer, or with another seed, by
/// HOLDFAST_CHAOS_MINUTES and HOLDFAST_CHAOS_SEED.
/// </summary>
public sealed class ChaosTests
{
    private const int Lacking = 3;

    [Test]
    public void Faults_by_a_seed_break_no_promise()
    {
        var minutes = Environment.GetEnvironmentVariable("HOLDFAST_CHAOS_MINUTES") ?? "1";
        var seed = Environment.GetEnvironmentVariable("HOLDFAST_CHAOS_SEED") ?? "7";
        // Its session ends on time, so that it can clean up even if it makes no progress at all.
        var patience = TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture) + 5);
        var program = Path.Combine(SourceTree.Root, "artifacts", "bin", "chaos", Configuration, "chaos");
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(program, ["--minutes", minutes, "--seed", seed])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            _ = Mono.Unix.Native.Syscall.kill(process.Id, Mono.Unix.Native.Signum.SIGTERM);
            process.WaitForExit();
        }

        if (process.ExitCode == Lacking) Assert.Ignore(errors.Result);
        TestContext.Out.WriteLine(output.Result);
        Assert.That(process.ExitCode, Is.Zero, $"{errors.Result}\n{output.Result}");
        Assert.That(output.Result, Does.Contain("(judged)").Or.Contain("session 0 round 1"), "no round was run");
    }

    private static string Configuration { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(ClusterFixture.Programs));
}
