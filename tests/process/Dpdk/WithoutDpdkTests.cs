using System.Diagnostics;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>A build that was made without DPDK, or runs where DPDK is not installed.</summary>
public sealed class WithoutDpdkTests : ClusterFixture
{
    private const string Library = "libholdfast-dpdk.so";

    private string Nfmgr => Path.Combine(DirectoryOfTest, "bin", "nfmgr");

    [SetUp]
    public void Install()
    {
        Directory.CreateDirectory(Path.Combine(DirectoryOfTest, "bin"));
        foreach (var file in Directory.GetFiles(Programs).Where(file => Path.GetFileName(file) != Library))
            File.Copy(file, Path.Combine(DirectoryOfTest, "bin", Path.GetFileName(file)));
        // NFs are not started here, but looked for.
        Directory.CreateSymbolicLink(Path.Combine(DirectoryOfTest, "bin", "functions"), Path.Combine(Programs, "functions"));
        Directory.CreateSymbolicLink(Path.Combine(DirectoryOfTest, "bin", "runtimes"), Path.Combine(Programs, "runtimes"));
    }

    [Test]
    public void A_dpdk_port_is_refused_with_what_to_install_and_all_else_works()
    {
        var (exitCode, output) = Run("run", "--config", Configuration("\"type\": \"dpdk\", \"device\": \"net_null0\""));
        Assert.That((exitCode, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.Contain($"this build has no {Library}").And.Contain("apt-get install gcc meson ninja-build pkg-config libdpdk-dev"));
        Assert.That(Run("devices"), Has.Property("ExitCode").Zero.And.Property("Output").Contains("apt-get install gcc meson"));
        Assert.That(Run("check", "--config", Configuration($"\"type\": \"pcap\", \"read\": \"{Capture}\"")), Has.Property("ExitCode").Zero.And.Property("Output").Not.Contains("DPDK"));
    }

    [Test]
    public void What_the_loader_can_not_load_is_named()
    {
        File.WriteAllText(Path.Combine(DirectoryOfTest, "bin", Library), "no library");
        var (exitCode, output) = Run("run", "--config", Configuration("\"type\": \"dpdk\", \"device\": \"net_null0\""));
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain($"{Library} can't be loaded").And.Contain("apt-get install dpdk"));
    }

    private string Configuration(string port)
    {
        var file = Path.Combine(DirectoryOfTest, "a.json");
        File.WriteAllText(file, $$"""
            {
              "node": { "name": "a", "stateDirectory": "state", "runtimeDirectory": "run" },
              "listen": "127.0.0.1:7401", "peer": { "name": "b", "address": "127.0.0.1:7402" }, "initialPrimary": "a",
              "chain": { "name": "c", "functions": [{ "name": "monitor", "program": "monitor" }], "left": { {{port}} }, "right": { "type": "generator" } }
            }
            """);
        return file;
    }

    private Outcome Run(params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(Nfmgr, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        return new Outcome(process.ExitCode, output);
    }

    private sealed record Outcome(int ExitCode, string Output);
}
