using Holdfast.Chains.Monitor;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using Monitor = Holdfast.Chains.Monitor.Monitor;

namespace Holdfast.Tests.Unit.Chains;

public sealed class MonitorTests
{
    private static readonly TestFrame There = new(), Back = new()
    {
        Source = There.Destination,
        Destination = There.Source,
        SourcePort = There.DestinationPort,
        DestinationPort = There.SourcePort,
    };

    private static readonly TestFrame There6 = There with { Source = "2001:db8::1", Destination = "2001:db8::2" },
        Back6 = Back with { Source = "2001:db8::2", Destination = "2001:db8::1" };

    [Test]
    public void Counts_both_directions_of_a_flow_in_one_entry([Values] bool isIPv6)
    {
        using var run = new NfRun(new Monitor(new()));
        var (there, back) = isIPv6 ? (There6, Back6) : (There, Back);
        run.FromLeft(there);
        run.FromLeft(there with { Payload = new byte[100] });
        run.FromRight(back);
        var bytes = (ulong)there.Build().Length;
        Assert.That(Flows(run, isIPv6 ? "ipv6" : "ipv4"), Is.EqualTo(new[] { (2UL, 2 * bytes + 95, 1UL, bytes) }));
        Assert.That(run.Entries(isIPv6 ? "ipv4" : "ipv6"), Is.Zero);
        Assert.That(Numbers(run.State("totals[0]").Single()), Is.EqualTo(new ulong[] { 2, 2 * bytes + 95 }));
        Assert.That(Numbers(run.State("totals[1]").Single()), Is.EqualTo(new ulong[] { 1, bytes }));
    }

    [Test]
    public void Each_part_of_the_5_tuple_tells_flows_apart()
    {
        using var run = new NfRun(new Monitor(new()));
        TestFrame[] flows =
        [
            There, There with { Source = "10.0.0.2" }, There with { Destination = "10.0.0.2" },
            There with { SourcePort = 1 }, There with { DestinationPort = 1 },
            There with { Protocol = IpProtocols.Tcp }, Back,
            There6, There6 with { Source = "2001:db8:1::1" }, There6 with { Destination = "2001:db8::3" },
            There6 with { SourcePort = 1 }, There6 with { Protocol = IpProtocols.Tcp }, There6 with { Protocol = 47 },
        ];
        foreach (var flow in flows.Concat(flows)) run.FromLeft(flow);
        Assert.That((run.Entries("ipv4"), run.Entries("ipv6")), Is.EqualTo((7, 6)));
    }

    [Test]
    public void Forwards_everything_unchanged_and_counts_what_it_can_not_read()
    {
        using var run = new NfRun(new Monitor(new()));
        var arp = There.Build();
        (arp[12], arp[13]) = (0x08, 0x06);
        byte[][] frames = [arp, [], new byte[13], There.Build()[..20], There.Build(), TestFrame.Echo6().Build()];
        foreach (var frame in frames)
        {
            Assert.That(run.FromLeft(frame).Frame, Is.EqualTo(frame));
            Assert.That(run.FromRight(frame).Frame, Is.EqualTo(frame));
        }

        Assert.That(run.State("nonIp"), Is.EqualTo(new[] { "nonIp = 2" }));
        Assert.That(run.State("malformed"), Is.EqualTo(new[] { "malformed = 6" }));
    }

    [Test]
    public void Later_fragments_count_for_a_flow_without_ports()
    {
        using var run = new NfRun(new Monitor(new()));
        run.FromLeft(There with { Fragment = 0x2000 });
        run.FromLeft(There with { Fragment = 0x2005 });
        run.FromLeft(There with { Fragment = 0x0009, DestinationPort = 7 });
        Assert.That(Flows(run, "ipv4").Select(flow => flow.Item1), Is.EquivalentTo(new[] { 1, 2 }));
    }

    [Test]
    public void A_flow_that_is_idle_too_long_is_forgotten()
    {
        using var run = new NfRun(new Monitor(new()));
        run.FromLeft(There, at: 0);
        run.FromRight(Back, at: 59);
        run.Tick(at: 120.99);
        Assert.That(run.Entries("ipv4"), Is.EqualTo(1));
        run.Tick(at: 121);
        Assert.That(run.Entries("ipv4"), Is.Zero);
    }

    [Test]
    public void A_flow_that_comes_back_before_it_was_removed_is_counted_anew()
    {
        using var run = new NfRun(new Monitor(new()));
        run.FromLeft(There, at: 0);
        run.FromRight(Back, at: 61.5);
        Assert.That(Flows(run, "ipv4").Single(), Is.EqualTo((0, 0, 1, (ulong)Back.Build().Length)));
    }

    [Test]
    public void Packets_of_flows_that_find_the_table_full_are_counted_as_missed()
    {
        using var run = new NfRun(new Monitor(new() { IPv4Flows = 2 }));
        for (ushort i = 0; i < 4; i++) Assert.That(run.FromLeft(There with { SourcePort = i }).Passed);
        Assert.That(run.State("missed"), Is.EqualTo(new[] { "missed = 2" }));
    }

    [Test]
    public void At_least_600_flows_fit()
    {
        using var run = new NfRun(new Monitor(new()));
        for (ushort i = 0; i < 640; i++) run.FromLeft(There with { SourcePort = i });
        for (ushort i = 0; i < 128; i++) run.FromLeft(There6 with { SourcePort = i });
        Assert.That(run.State("missed"), Is.EqualTo(new[] { "missed = 0" }));
    }

    [TestCase(943, 1)]
    [TestCase(1, 487)]
    public void The_largest_tables_fit_and_no_larger_ones(int ipv4, int ipv6)
    {
        Assert.DoesNotThrow(() => new NfRun(new Monitor(new() { IPv4Flows = ipv4, IPv6Flows = ipv6 })).Dispose());
        Assert.Throws<StateLayoutException>(
            () => new NfRun(new Monitor(new() { IPv4Flows = ipv4 + 1, IPv6Flows = ipv6 + 1 })).Dispose());
    }

    private static IEnumerable<(ulong, ulong, ulong, ulong)> Flows(NfRun run, string map) =>
        run.State(map + "[").Select(Numbers).Select(numbers => (numbers[0], numbers[1], numbers[2], numbers[3]));

    /// <summary>The value of a line, read as 64-bit numbers.</summary>
    private static ulong[] Numbers(string line) =>
        [.. Convert.FromHexString(line.Split(" = ")[1]).Chunk(8).Select(bytes => BitConverter.ToUInt64(bytes))];
}
