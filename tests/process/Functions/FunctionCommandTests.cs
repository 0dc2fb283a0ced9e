using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary><c>nfmgr nf list|restart|pause|resume</c> under traffic.</summary>
public sealed class FunctionCommandTests : FunctionFixture
{
    [Test]
    public void A_restart_hands_over_between_two_batches_and_loses_nothing()
    {
        StartChain(honest: true);
        foreach (var name in new[] { "monitor", "firewall", "nat" })
        {
            var before = Function(name);
            var said = Nfmgr(0, "restart", name);
            Assert.That(said, Does.Contain("handed over in"));
            TestContext.Out.WriteLine(said);
            var after = WaitUntilSucceeded(before);
            Assert.That(after.ProcessId, Is.Not.EqualTo(before.ProcessId).And.Not.EqualTo(before.TwinProcessId), "a new process");
            Assert.That(after.Restarts, Is.Zero, "nobody died");
            Assert.That(IsAlive(before.ProcessId) || IsAlive(before.TwinProcessId), Is.False, "the old ones are gone");
        }

        WaitForTwins();
        AssertNothingLost();
    }

    [Test]
    public void A_new_build_that_does_not_come_up_leaves_the_running_one_alone()
    {
        StartChain();
        var before = Function("monitor");
        // Its program is exchanged for one that ends at once.
        var program = JsonNode.Parse(File.ReadAllText(Cluster.A.ConfigFile))!["chain"]!["functions"]![0]!["program"]!.ToString();
        Assert.That(program, Does.EndWith("/mischief"));
        Trigger("refuse *");
        Assert.That(Nfmgr(1, "restart", "monitor"), Does.Contain("untouched").And.Contains("refuses to start"));
        CallOff();
        var after = Function("monitor");
        Assert.That((after.ProcessId, after.State), Is.EqualTo((before.ProcessId, "running")).Or.EqualTo((before.ProcessId, "running without twin")));
        Assert.That(Nfmgr(0, "restart", "monitor"), Does.Contain("handed over"));
        AssertNothingLost();
    }

    [Test]
    public void A_paused_NF_takes_nothing_and_nobody_takes_over()
    {
        StartChain(honest: true);
        Assert.That(Nfmgr(0, "pause", "nat"), Does.Contain("paused"));
        Assert.That(Nfmgr(1, "pause", "nat"), Does.Contain("paused already"));
        Thread.Sleep(200);
        var paused = Function("nat");
        Assert.That(paused.State, Is.EqualTo("paused"));
        Thread.Sleep(1_000);
        Assert.That(Function("nat").LeftToRight, Is.EqualTo(paused.LeftToRight));
        Assert.That(Nfmgr(0, "resume", "nat"), Does.Contain("goes on"));
        Cluster.A.WaitFor("goes on", s => s.Functions[2] is { State: "running" } f && f.LeftToRight > paused.LeftToRight);
        var status = Cluster.A.Status()!;
        Assert.That((status.Role, status.Term, status.Lives), Is.EqualTo(("Ruling", 1UL, 1)));
        AssertNothingWrong();
    }

    [Test]
    public void The_list_shows_each_NF_and_unknown_names_are_named()
    {
        StartChain(honest: true);
        Assert.That(Nfmgr(0, "list"), Does.Contain("NF monitor").And.Contains("running: process").And.Contains("twin"));
        var list = JsonNode.Parse(Nfmgr(0, "list", "--json"))!.AsArray();
        Assert.That(list.Select(f => (string)f!["name"]!), Is.EqualTo(new[] { "monitor", "firewall", "nat" }));
        Assert.That(list.Select(f => (int)f!["twinProcessId"]!), Is.All.GreaterThan(0));
        Assert.That(Nfmgr(1, "restart", "gnat"), Does.Contain("no NF 'gnat'").And.Contains("monitor, firewall, nat"));
        Assert.That(Nfmgr(1, "resume", "nat"), Does.Contain("not paused"));
    }

    [Test]
    public void An_NF_of_the_standby_is_restarted_too()
    {
        StartChain(honest: true);
        var before = Cluster.B.Status()!.Functions[0];
        Assert.That(Cluster.B.Ask(new ControlRequest("nf-restart", Function: "monitor")).Error, Is.Null);
        var after = Cluster.B.Status()!.Functions[0];
        Assert.That(after.Generation, Is.GreaterThan(before.Generation));
        Assert.That(after.State, Does.StartWith("asleep"));
        AssertNothingLost();
    }

    private static bool IsAlive(int process) => Directory.Exists($"/proc/{process}");

    private string Nfmgr(int exitCode, string verb, params string[] arguments)
    {
        using var process = Spawner.Start(new System.Diagnostics.ProcessStartInfo(Path.Combine(Programs, "nfmgr"),
            ["nf", verb, .. arguments, "--config", Cluster.A.ConfigFile])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(exitCode), output);
        return output;
    }
}
