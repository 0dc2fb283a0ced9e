using System.Net;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Interface;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Interface;

/// <summary>Each of the usual mistakes with an interface is one line, with a command that mends it.</summary>
public sealed class CheckInterfaceTests
{
    private static readonly InterfaceFacts Good = new() { Name = "eth1", Driver = "e1000e" };

    public static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case(Good with { IsEthernet = false }, "error: left port: eth1 is no Ethernet interface; name one that is");
        yield return Case(Good with { Master = "br0" },
            "error: left port: eth1 belongs to br0, which takes and sends its frames too; take it out: ip link set dev eth1 nomaster");
        yield return Case(Good with { Addresses = [IPAddress.Parse("192.0.2.1")] },
            "error: left port: eth1 has the address 192.0.2.1, so this machine itself answers what the chain should carry; ip address flush dev eth1");
        yield return Case(Good with { HasIPv6 = true, Addresses = [IPAddress.Parse("fe80::1"), IPAddress.Parse("192.0.2.1")] },
            "error: left port: eth1 has the addresses fe80::1, 192.0.2.1, so this machine itself answers what the chain should carry; "
            + "sysctl -w net.ipv6.conf.eth1.disable_ipv6=1 && ip address flush dev eth1");
        yield return Case(Good with { IsSwitchedOn = false, State = LinkState.Down },
            "warning: left port: eth1 is switched off; ip link set dev eth1 up");
        yield return Case(Good with { State = LinkState.Down },
            "warning: left port: eth1 has no link; see that the cable's, or the veth's, other end is on");
        yield return Case(Good with { HasIPv6 = true },
            "warning: left port: eth1 has IPv6 on, so this machine will give itself an address and talk there; sysctl -w net.ipv6.conf.eth1.disable_ipv6=1");
        yield return Case(Good with { HasArp = true },
            "warning: left port: eth1 has ARP on, so this machine may answer there for addresses of its other interfaces; ip link set dev eth1 arp off");
        yield return Case(Good with { Features = Features(("rx-gro", true), ("rx-lro", true), ("tx-checksum-ip-generic", true)) },
            "warning: left port: eth1 has rx-gro, rx-lro on, which joins TCP segments into frames that are too long for the chain and are refused; "
            + "ethtool -K eth1 gro off lro off");
        yield return Case(Good with { Features = Features(("rx-gro-hw", false)) },
            "warning: left port: eth1 has rx-gro-hw on for good, which joins TCP segments into frames that are too long for the chain and are refused; turn it off where");
        yield return Case(Good with { Driver = "veth" }, "warning: left port: eth1 is a veth: what other programs");
        yield return Case(Good with { Mtu = 2159 }, "warning: left port: eth1 has MTU 2159; frames with more than 2158 bytes of payload fit no packet buffer");
        yield return Case(Good with { ReceiveQueues = 4 },
            "error: left port: eth1 spreads frames over 4 queues, of which a port in mode xdp sees one; ethtool -L eth1 combined 1", InterfaceMode.Xdp);
        yield return Case(Good with { Mtu = 2027 }, "error: left port: eth1 has MTU 2027, of which the kernel has room for 2026 in mode xdp", InterfaceMode.Xdp);
        yield return Case(Good with { Features = Features(("rx-vlan-hw-parse", true)) },
            "warning: left port: eth1 has rx-vlan-hw-parse on, which takes VLAN tags out of frames where a port in mode xdp does not see them, "
            + "so that tagged frames enter the chain without; ethtool -K eth1 rxvlan off", InterfaceMode.Xdp);

        static TestCaseData Case(InterfaceFacts facts, string says, InterfaceMode mode = InterfaceMode.Auto) => new(facts, mode, says);
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_one_line(InterfaceFacts facts, InterfaceMode mode, string says)
    {
        var lines = Judge(facts, mode);
        Assert.That(lines, Has.Length.EqualTo(1));
        Assert.That(lines[0], Does.StartWith(says));
    }

    [TestCase(1500)]
    [TestCase(2158)]
    public void A_good_interface_is_said_to_be_good(int mtu) =>
        Assert.That(Judge(Good with { Mtu = mtu, ReceiveQueues = 4 }, InterfaceMode.Packet), Is.EqualTo(new[] { $"ok: left port: eth1 (e1000e, MTU {mtu})" }));

    [Test]
    public void Two_networks_have_the_same_MTU()
    {
        Assert.That(CheckInterface.Pair(Good, Good with { Name = "eth2" }), Is.Empty);
        Assert.That(CheckInterface.Pair(Good, Good with { Name = "eth2", Mtu = 2000 }).Single().ToString(),
            Does.StartWith("warning: ports: eth1 has MTU 1500, eth2 2000").And.Contains("ip link set dev eth2 mtu 1500"));
    }

    [Test]
    public void A_missing_interface_is_named_with_one_that_is_like_it()
    {
        var (name, misspelt) = InterfaceFacts.Names().Where(n => n != "lo").Select(n => (n, n + "x")).FirstOrDefault();
        if (name is null) Assert.Ignore("this machine has no interface but lo");
        var results = CheckInterface.Of("left port", new InterfacePortSection(misspelt!, InterfaceMode.Auto)).ToArray();
        Assert.That(results.Last().ToString(), Is.EqualTo($"error: left port: this machine has no interface {misspelt}; did you mean '{name}'?"));
    }

    [Test]
    public void Loopback_is_no_Ethernet()
    {
        var facts = InterfaceFacts.Read("lo")!;
        Assert.That((facts.IsEthernet, facts.Driver, facts.State), Is.EqualTo((false, "", LinkState.Up)));
    }

    [Test]
    public void What_was_refused_or_not_sent_has_a_remedy()
    {
        var counts = new FrameCounts();
        Assert.That(Remedies.For("eth1", counts), Is.Null);
        counts.Fail(SendError.LinkDown, 3);
        Assert.That(Remedies.For("eth1", counts), Is.Null, "the state says it");
        counts.Refuse(Refusal.Giant);
        counts.Refuse(Refusal.TooLong);
        counts.Refuse(Refusal.Malformed);
        counts.Fail(SendError.TooLong, 1);
        counts.Fail(SendError.NoRoom, 2);
        Assert.That(Remedies.For("eth1", counts)!.Split("; "), Has.Length.EqualTo(5));
        Assert.That((counts.Refused, counts.Unsent), Is.EqualTo((3, 6)));
        Assert.That(counts.UnsentByReason(), Is.EqualTo(new Dictionary<string, ulong> { ["tooLong"] = 1, ["linkDown"] = 3, ["noRoom"] = 2 }));
    }

    private static string[] Judge(InterfaceFacts facts, InterfaceMode mode) =>
        [.. CheckInterface.Judge("left port", new InterfacePortSection(facts.Name, mode), facts).Select(r => r.ToString())];

    private static Dictionary<string, bool> Features(params (string Name, bool MayChange)[] features) =>
        features.ToDictionary(f => f.Name, f => f.MayChange);
}
