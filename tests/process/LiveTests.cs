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

    [Test]
    public void Ten_kills_in_a_row_break_no_connection() => Run("kill", "--kills", "10", "--mode", "packet");

    [Test]
    public void Nor_do_kills_on_dpdk_ports() => Run("kill", "--kills", "3", "--ports", "dpdk");

    [Test]
    public void Nor_does_a_host_that_vanishes_from_dpdk_ports() => Run("vanish", "--ports", "dpdk");

    [Test]
    public void Nor_do_kills_on_AF_XDP_ports() => Run("kill", "--kills", "2", "--mode", "xdp");

    [Test]
    public void Nor_does_a_host_that_vanishes() => Run("vanish");

    [Test]
    public void Nor_does_a_cut_between_the_nodes() => Run("cut");

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
