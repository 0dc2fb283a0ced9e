using Holdfast.Chains.Nat;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.Tests.Unit.Chains.TestRouter;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>What <c>nat show FILE</c> prints.</summary>
public sealed class NatReportTests
{
    [Test]
    public void Shows_sessions_neighbours_and_conflicts()
    {
        using var run = Warm();
        run.FromLeft(FromHost() with { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlags.Syn, SourcePort = 4000 }, at: 2.5);
        run.FromLeft(TestFrame.Echo() with { SourceMac = Host, DestinationMac = Virtual, Source = "10.0.1.11" }, at: 3);
        run.FromLeft(FromHost() with { Destination = "192.0.2.77" }, at: 3);
        run.FromRight(Request(0x0200_0000_6666, Outside, Outside), at: 3);
        Assert.That(Report(run.Block.Data.ToArray()).TrimEnd().Split('\n'), Is.EqualTo(new[]
        {
            "session udp 10.0.1.10:1000 02:00:00:00:0a:01 outside-port 20000 seen 2026-01-01T00:00:03.000Z",
            "session tcp 10.0.1.10:4000 02:00:00:00:0a:01 outside-port 20001 seen 2026-01-01T00:00:02.000Z opening",
            "session icmp 10.0.1.11:77 02:00:00:00:0a:01 outside-port 20002 seen 2026-01-01T00:00:03.000Z",
            "neighbour 192.0.2.77 unknown confirmed never asked 2026-01-01T00:00:03.000Z unanswered 1 a packet waits",
            "neighbour 192.0.2.254 02:00:00:00:fe:00 confirmed 2026-01-01T00:00:00.000Z"
            + " asked 2026-01-01T00:00:00.000Z unanswered 0",
            "conflicts left 0 right 1",
        }));
    }

    [Test]
    public void Shows_a_bump_in_the_wire()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(TestFrame.Tcp(TcpFlags.Ack));
        run.FromRight(NatTests.ToOutside(20_000) with { Protocol = IpProtocols.Tcp, TcpFlags = TcpFlags.Ack });
        Assert.That(Report(run.Block.Data.ToArray()).TrimEnd(), Does.EndWith("Z established"));
        run.FromLeft(TestFrame.Tcp(TcpFlags.Rst));
        Assert.That(Report(run.Block.Data.ToArray()).TrimEnd().Split('\n'), Has.One.EndsWith("Z closed"));
    }

    [Test]
    public void Says_what_is_wrong_with_a_file()
    {
        Assert.That(() => Report(new byte[100]), Throws.InstanceOf<StateLayoutException>()
            .With.Message.Contains("100").And.Message.Contains("nfmgr save-state"));
        Assert.That(() => Report(new byte[StateBlock.Bytes]), Throws.InstanceOf<StateLayoutException>()
            .With.Message.Contains("standby"));
        using var other = new NfRun(new Holdfast.Chains.Monitor.Monitor(new Holdfast.Chains.Monitor.MonitorSettings()));
        Assert.That(() => Report(other.Block.Data.ToArray()), Throws.InstanceOf<StateLayoutException>()
            .With.Message.Contains("no 'sessions'").And.Message.Contains("another NF's"));
        Assert.That(NfHost.Run(["show", "/does/not/exist"], _ => null!), Is.EqualTo(1));
    }

    private static string Report(byte[] data)
    {
        using var text = new StringWriter { NewLine = "\n" };
        NatReport.Write(new SavedState(data), text);
        return text.ToString();
    }
}
