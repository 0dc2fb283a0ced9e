using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>The command line and the control socket, also with wrong input.</summary>
public sealed class ControlTests : ClusterFixture
{
    [Test]
    public void Garbage_on_the_control_socket_harms_nobody_else()
    {
        var cluster = MakeCluster();
        cluster.A.Start();
        DemoCluster.WaitUntilRuling(cluster.A);
        var path = Path.Combine(cluster.Directory, "run", "a.sock");
        var random = new Random(1);
        string[] lines =
        [
            "", "null", "[]", "{}", "{\"command\":null}", "{\"command\":\"status\",\"x\":1}", "{\"Function\":null}",
            "{\"Function\":\"nat\",\"ProcessId\":1}", "{\"Function\":\"nat\",\"ProcessId\":1,\"Version\":99}", "{\"command\":\"format-disk\"}",
            "{\"command\":\"save-state\"}", "{\"command\":\"save-state\",\"directory\":\"/proc/nowhere\"}", new string('x', 300_000), "{\"command\":" + new string('[', 2000),
        ];
        foreach (var line in lines) Say(path, Encoding.UTF8.GetBytes(line + "\n"));
        for (var i = 0; i < 50; i++)
        {
            var noise = new byte[random.Next(1, 4000)];
            random.NextBytes(noise);
            Say(path, noise);
        }

        var status = cluster.A.Status();
        Assert.That(status?.Role, Is.EqualTo("Ruling"));
        Assert.That(status!.Lives, Is.EqualTo(1));
        Assert.That(cluster.A.Ask(new ControlRequest("format-disk")).Error, Does.Contain("format-disk").And.Contain("status"));
    }

    [Test]
    public void Commands_without_a_daemon_say_what_is_missing()
    {
        var cluster = MakeCluster();
        Assert.That(Nfmgr(1, "status", "--config", cluster.A.ConfigFile), Does.Contain("is nfmgr running"));
        Assert.That(Nfmgr(1, "init", "--config", cluster.A.ConfigFile, "--peer-never-ran"), Does.Contain("initialised already"));
        Assert.That(Nfmgr(0, "check", "--config", cluster.A.ConfigFile), Does.Contain("listen"));
        Assert.That(Nfmgr(0, "init", "--example"), Does.Contain("initialPrimary"));
        File.WriteAllText(cluster.B.ConfigFile, "{ \"nodes\": 1 }");
        Assert.That(Nfmgr(2, "check", "--config", cluster.B.ConfigFile), Does.Contain("b.json:1:").And.Contain("node"));
    }

    [Test]
    public void A_second_daemon_on_the_same_state_is_refused()
    {
        var cluster = MakeCluster();
        cluster.A.Start();
        DemoCluster.WaitUntilRuling(cluster.A);
        Assert.That(Nfmgr(1, "run", "--config", cluster.A.ConfigFile), Does.Contain("another nfmgr uses this state directory"));
        var shown = Nfmgr(0, "status", "--config", cluster.A.ConfigFile);
        Assert.That(shown, Does.Contain("UNPROTECTED").And.Contain("NF nat"));
        Assert.That(JsonNode.Parse(Nfmgr(0, "status", "--json", "--config", cluster.A.ConfigFile))!["role"]!.ToString(), Is.EqualTo("Ruling"));
    }

    [Test]
    public void Bad_settings_of_an_NF_end_the_daemon_with_their_place()
    {
        var cluster = MakeCluster();
        File.WriteAllText(cluster.A.ConfigFile, File.ReadAllText(cluster.A.ConfigFile).Replace("\"outside\"", "\"outsid\"", StringComparison.Ordinal));
        Assert.That(Nfmgr(1, "run", "--config", cluster.A.ConfigFile), Does.Contain("a.json:").And.Contain("outsid"));
    }

    [Test]
    public void The_demo_reports_every_figure_in_one_json_object()
    {
        var report = JsonNode.Parse(Nfmgr(0, "demo", "--json", "--no-load", "--seed", "11"))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((double)report["takeover"]!["ms"]!, Is.GreaterThan(0));
            Assert.That((long)report["takeover"]!["duplicatePackets"]!, Is.Zero);
            Assert.That((long)report["takeover"]!["stateMismatches"]!, Is.Zero);
            Assert.That((double)report["rejoin"]!["ms"]!, Is.GreaterThan(0));
            Assert.That((long)report["invariants"]!["checked"]!, Is.GreaterThan(1_000));
            Assert.That((long)report["invariants"]!["violations"]!, Is.Zero);
        }
    }

    private static string Nfmgr(int exitCode, params string[] arguments)
    {
        using var process = Spawner.Start(new System.Diagnostics.ProcessStartInfo(Path.Combine(Programs, "nfmgr"), arguments)
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

    private static void Say(string path, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            socket.SendTimeout = socket.ReceiveTimeout = 500;
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            socket.Receive(new byte[4096]);
        }
        catch (SocketException)
        {
            // It was cut off, as it should be.
        }
    }
}
