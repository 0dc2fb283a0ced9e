using System.Net;
using System.Net.Sockets;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

/// <summary>What <c>nfmgr check</c> says about this machine.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CheckTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("holdfast-check-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void A_line_says_level_thing_value_and_remedy()
    {
        Assert.That(CheckResult.Ok("listen", "x:1").ToString(), Is.EqualTo("ok: listen: x:1"));
        Assert.That(CheckResult.Error("listen", "x:1 is taken", "use y").ToString(),
            Is.EqualTo("error: listen: x:1 is taken; use y"));
    }

    [Test]
    public void A_core_that_is_not_there_is_named_with_its_remedy()
    {
        var configuration = SampleFile.Parse(SampleFile.With("\"initialPrimary\":", "\"rootCore\": 1023, \"initialPrimary\":"));
        Assert.That(CheckConfiguration.Machine(configuration).Select(result => result.ToString()), Is.EqualTo((string[])
            ["error: core of the root: core 1023 is none that this process may run on; name one that `nproc` counts and `taskset -p $$` allows, or leave it out"]));
    }

    [Test]
    public void All_parts_of_a_configuration_are_looked_at()
    {
        var things = CheckConfiguration.Run(SampleFile.Parse(SampleFile.Text)).Select(r => r.Thing);
        Assert.That(things, Is.EqualTo(new[]
        {
            "state directory", "runtime directory", "control socket", "listen", "peer b", "function monitor",
                "function nat", "NF failures",
            "left port", "right port, read", "right port, write", "packet pool",
        }));
    }

    [Test]
    public void A_directory_is_there_or_can_be_made()
    {
        Assert.That(CheckFiles.Directory("d", _directory).Level, Is.EqualTo(CheckLevel.Ok));
        Assert.That(CheckFiles.Directory("d", $"{_directory}/a/b").Value, Does.EndWith("(will be made)"));
        Assert.That(Directory.Exists($"{_directory}/a"), Is.False, "a check makes nothing");
        File.WriteAllText($"{_directory}/file", "");
        Assert.That(CheckFiles.Directory("d", $"{_directory}/file/b").Level, Is.EqualTo(CheckLevel.Error));
        if (Environment.UserName != "root")
            Assert.That(CheckFiles.Directory("d", "/nowhere/x").Level, Is.EqualTo(CheckLevel.Error),
                "the root directory is not ours");
    }

    [Test]
    public void A_socket_path_is_at_most_107_bytes()
    {
        Assert.That(CheckFiles.SocketPath("s", "/" + new string('a', 106)).Level, Is.EqualTo(CheckLevel.Ok));
        Assert.That(CheckFiles.SocketPath("s", "/" + new string('a', 107)).ToString(), Does.Contain("has 108 bytes"));
        Assert.That(CheckFiles.SocketPath("s", "/" + new string('ä', 54)).Level, Is.EqualTo(CheckLevel.Error),
            "bytes, not characters");
    }

    [Test]
    public void The_wires_socket_may_come_later_but_must_be_one()
    {
        var path = $"{_directory}/far.sock";
        Assert.That(CheckFiles.Wire("left", path).Level, Is.EqualTo(CheckLevel.Warning));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        Assert.That(CheckFiles.Wire("left", path).Level, Is.EqualTo(CheckLevel.Ok));
        Assert.That(CheckFiles.Wire("left", _directory).Level, Is.EqualTo(CheckLevel.Error));
    }

    [Test]
    public void A_program_is_found_and_executable()
    {
        var path = $"{_directory}/nf";
        var function = SampleFile.Parse(SampleFile.Text).Chain.Functions[0];
        Assert.That(CheckFiles.Program(function with { Program = path }).ToString(),
            Does.StartWith("error: function monitor").And.Contains("does not exist"));
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.That(CheckFiles.Program(function with { Program = path }).ToString(),
            Does.Contain("not executable; chmod +x"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That(CheckFiles.Program(function with { Program = path }).Level, Is.EqualTo(CheckLevel.Ok));
        Assert.That(CheckFiles.Program(function with { Program = "none" }).ToString(),
            Does.Contain("no NF 'none' ships with this build"));
    }

    [TestCase(new byte[] { 0xd4, 0xc3, 0xb2, 0xa1 }, "ok")]
    [TestCase(new byte[] { 0xa1, 0xb2, 0xc3, 0xd4 }, "ok")]
    [TestCase(new byte[] { 0x4d, 0x3c, 0xb2, 0xa1 }, "ok")]
    [TestCase(new byte[] { 0xa1, 0xb2, 0x3c, 0x4d }, "ok")]
    [TestCase(new byte[] { 0x0a, 0x0d, 0x0d, 0x0a }, "pcapng file; convert it: editcap -F pcap")]
    [TestCase(new byte[] { 1, 2, 3, 4 }, "is no pcap file (it begins with 01020304)")]
    [TestCase(new byte[] { 1 }, "is empty")]
    public void A_capture_must_be_one(byte[] begin, string says)
    {
        var path = $"{_directory}/in.pcap";
        File.WriteAllBytes(path, begin);
        Assert.That(CheckFiles.CaptureInput("right", path).ToString(), Does.Contain(says));
    }

    [Test]
    public void A_missing_capture_is_an_error() =>
        Assert.That(CheckFiles.CaptureInput("right", $"{_directory}/none").Level, Is.EqualTo(CheckLevel.Error));

    [Test]
    public void An_output_can_be_written()
    {
        Assert.That(CheckFiles.Output("right", $"{_directory}/out").Level, Is.EqualTo(CheckLevel.Ok));
        File.WriteAllText($"{_directory}/out", "");
        Assert.That(CheckFiles.Output("right", $"{_directory}/out").Level, Is.EqualTo(CheckLevel.Warning));
        Assert.That(CheckFiles.Output("right", _directory).Level, Is.EqualTo(CheckLevel.Error));
        Assert.That(CheckFiles.Output("right", $"{_directory}/none/out").ToString(), Does.Contain("mkdir -p"));
    }

    [Test]
    public void The_listen_address_must_be_this_machines()
    {
        var address = new NodeAddress("127.0.0.1", LoopbackPorts.Next());
        using var other = new TcpListener(IPAddress.Loopback, address.Port);
        other.Start();
        Assert.That(CheckNetwork.Listen(address).ToString(), Does.StartWith("warning: listen")
            .And.Contains("is in use"));
        other.Stop();
        Assert.That(CheckNetwork.Listen(address).Level, Is.EqualTo(CheckLevel.Ok));
        Assert.That(CheckNetwork.Listen(address with { Host = "192.0.2.1" }).ToString(),
            Does.StartWith("error: listen").And.Contains("no address of this machine"));
    }

    [Test]
    public void A_listen_port_that_the_kernel_may_give_away_is_a_warning()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        other.Stop();
        Assert.That(CheckNetwork.Listen(new NodeAddress("127.0.0.1", port)).ToString(),
            Does.StartWith($"warning: listen: 127.0.0.1:{port} is a port that the kernel gives to any connection")
                .And.Contains("use a port below").And.Contains($"ip_local_reserved_ports={port}"));
    }

    [Test]
    public void The_packet_pool_says_its_size()
    {
        var configuration = SampleFile.Parse(SampleFile.Text);
        Assert.That(CheckMemory.PacketPool(configuration with { HugePages = HugePageUse.Never }).ToString(),
            Is.EqualTo("ok: packet pool: 8192 buffers, 18 MiB on ordinary pages"));
        Assert.That(CheckMemory.PacketPool(configuration).Level, Is.Not.EqualTo(CheckLevel.Error),
            "huge pages are a bonus");
    }
}
