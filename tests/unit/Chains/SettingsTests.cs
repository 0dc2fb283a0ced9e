using System.Text.Json;
using Holdfast.Chains.Firewall;
using Holdfast.Chains.Monitor;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.Tests.Unit.Architecture;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Settings that make no sense are refused by name, and what is right is told.</summary>
public sealed class SettingsTests
{
    private static readonly Dictionary<string, Action<JsonElement>> Parsers = new()
    {
        ["monitor"] = json => MonitorSettings.Parse(json),
        ["firewall"] = json => FirewallSettings.Parse(json),
        ["nat"] = json => NatSettings.Parse(json),
    };

    [TestCase("monitor", """{"idleTimeOut": 5}""", "idleTimeOut", "5", "known are idleTimeout")]
    [TestCase("monitor", """{"idleTimeout": 0}""", "idleTimeout", "0", "seconds")]
    [TestCase("monitor", """{"idleTimeout": "60"}""", "idleTimeout", "\"60\"", "seconds")]
    [TestCase("monitor", """{"ipv4Flows": 1.5}""", "ipv4Flows", "1.5", "from 1 to")]
    [TestCase("monitor", "[]", "", "[]", "JSON object")]
    [TestCase("nat", "{}", "outside", "nothing", "192.0.2.1")]
    [TestCase("nat", """{"outside": "2001:db8::1"}""", "outside", "\"2001:db8::1\"", "IPv4")]
    [TestCase("nat", """{"outside": "10.1"}""", "outside", "\"10.1\"", "IPv4")]
    [TestCase("nat", """{"outside": "224.0.0.1"}""", "outside", "\"224.0.0.1\"", "IPv4")]
    [TestCase("nat", """{"outside": "192.0.2.1", "sessions": 1537}""", "sessions", "1537", "to 1536")]
    [TestCase("nat", """{"outside": "192.0.2.1", "portBase": 64513}""", "portBase", "64513", "to 64512")]
    [TestCase("nat", """{"outside": "192.0.2.1", "udp": -1}""", "udp", "-1", "seconds")]
    [TestCase("nat", """{"outside": "192.0.2.1/32"}""", "outside", "\"192.0.2.1/32\"", "prefix length")]
    [TestCase("nat", """{"outside": "192.0.2.0/24"}""", "outside", "\"192.0.2.0/24\"", "prefix length")]
    [TestCase("nat", """{"outside": "192.0.2.1/24"}""", "inside", "nothing", "gateway")]
    [TestCase("nat", """{"outside": "192.0.2.1/24", "inside": "10.0.1.1"}""", "inside", "\"10.0.1.1\"", "prefix length")]
    [TestCase("nat", """{"outside": "10.0.1.1/24", "inside": "10.1.1.1/8"}""", "inside", "\"10.1.1.1/8\"", "another")]
    [TestCase("nat", """{"outside": "192.0.2.1/24", "inside": "10.0.1.1/24", "nextHop": "192.0.3.1"}""",
        "nextHop", "\"192.0.3.1\"", "network of outside")]
    [TestCase("nat", """{"outside": "192.0.2.1/24", "inside": "10.0.1.1/24", "nextHop": "192.0.2.1"}""",
        "nextHop", "\"192.0.2.1\"", "another host")]
    [TestCase("nat", """{"outside": "192.0.2.1/24", "inside": "10.0.1.1/24", "virtualMac": "01:00:5e:00:00:01"}""",
        "virtualMac", "\"01:00:5e:00:00:01\"", "one station")]
    [TestCase("nat", """{"outside": "192.0.2.1/24", "inside": "10.0.1.1/24", "virtualMac": "02:00:00:00:01"}""",
        "virtualMac", "\"02:00:00:00:01\"", "02:48:c0:00:02:01")]
    [TestCase("nat", """{"outside": "192.0.2.1/24", "inside": "10.0.1.1/24", "sessions": 1537}""",
        "sessions", "1537", "from 1 to 1354")]
    [TestCase("nat", """{"outside": "192.0.2.1", "inside": "10.0.1.1/24"}""", "inside", "\"10.0.1.1/24\"", "router")]
    [TestCase("firewall", """{"nonIp": "maybe"}""", "nonIp", "\"maybe\"", "\"pass\" or \"drop\"")]
    [TestCase("firewall", """{"fragments": true}""", "fragments", "true", "\"pass\" or \"drop\"")]
    [TestCase("firewall", """{"rules": {}}""", "rules", "{}", "list")]
    [TestCase("firewall", """{"rules": [7]}""", "rules[0]", "7", "object")]
    [TestCase("firewall", """{"rules": [{"from": "left"}]}""", "rules[0].action", "nothing", "\"allow\" or \"deny\"")]
    [TestCase("firewall", """{"rules": [{"action": "deny"}]}""", "rules[0].from", "nothing", "\"left\" or \"right\"")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "port": "1"}]}""",
        "rules[0].port", "\"1\"", "ports")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "source": "10.0.0.1/8"}]}""",
        "rules[0].source", "\"10.0.0.1/8\"", "behind the prefix")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "destination": "10.0.0.0/33"}]}""",
        "rules[0].destination", "\"10.0.0.0/33\"", "address block")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "destination": "10/8"}]}""",
        "rules[0].destination", "\"10/8\"", "address block")]
    [TestCase("firewall",
        """{"rules": [{"from": "left", "action": "allow", "source": "::/0", "destination": "0.0.0.0/0"}]}""",
        "rules[0].destination", "\"0.0.0.0/0\"", "same IP version")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "protocol": "sctp"}]}""",
        "rules[0].protocol", "\"sctp\"", "number")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "protocol": 256}]}""",
        "rules[0].protocol", "256", "number")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "ports": "80-"}]}""",
        "rules[0].ports", "\"80-\"", "1000-2000")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "ports": "90-80"}]}""",
        "rules[0].ports", "\"90-80\"", "1000-2000")]
    [TestCase("firewall", """{"rules": [{"from": "left", "action": "allow", "protocol": "icmp", "ports": "80"}]}""",
        "rules[0].ports", "\"80\"", "tcp and udp")]
    public void Refuses(string function, string json, string key, string value, string remedy)
    {
        var refused = Assert.Throws<NfSettingsException>(() => Parsers[function](Json(json)));
        Assert.That((refused.Key, refused.Value), Is.EqualTo((key, value)));
        Assert.That(refused.Remedy, Does.Contain(remedy));
        Assert.That(refused.Message, Does.Contain(key).And.Contain(value).And.Contain(remedy));
    }

    [Test]
    public void Reads_what_is_set()
    {
        var nat = NatSettings.Parse(Json("""
            {"outside": "192.0.2.1", "portBase": 30000, "sessions": 7,
             "udp": 0.25, "icmp": 1, "tcpEstablished": 2, "tcpTransitory": 3}
            """));
        Assert.That((nat.Outside.ToString(), nat.PortBase, nat.Sessions), Is.EqualTo(("192.0.2.1", 30000, 7)));
        Assert.That(nat.Timeouts, Is.EqualTo(new FlowTimeouts
        {
            Udp = TimeSpan.FromSeconds(0.25),
            Icmp = TimeSpan.FromSeconds(1),
            TcpEstablished = TimeSpan.FromSeconds(2),
            TcpTransitory = TimeSpan.FromSeconds(3),
        }));

        Assert.That(MonitorSettings.Parse(Json("""{"ipv4Flows": 5, "ipv6Flows": 6, "idleTimeout": 7.5}""")),
            Is.EqualTo(new MonitorSettings { IPv4Flows = 5, IPv6Flows = 6, IdleTimeout = TimeSpan.FromSeconds(7.5) }));

        var firewall = FirewallSettings.Parse(Json("""
            {"nonIp": "drop", "fragments": "pass", "ipv4Flows": 5, "ipv6Flows": 6,
             "rules": [{"from": "right", "action": "allow", "protocol": "47"}]}
            """));
        Assert.That((firewall.NonIpPasses, firewall.LaterFragmentsPass, firewall.IPv4Flows, firewall.IPv6Flows),
            Is.EqualTo((false, true, 5, 6)));
        var rule = firewall.Rules.Single();
        Assert.That((rule.FromLeft, rule.Allows, rule.Protocol), Is.EqualTo((false, true, 47)));
    }

    [Test]
    public void A_NAT_whose_addresses_have_prefix_lengths_is_a_router()
    {
        var bump = NatSettings.Parse(Json("""{"outside": "192.0.2.1"}"""));
        Assert.That(bump.Routing, Is.Null);
        var nat = NatSettings.Parse(Json("""{"outside": "192.0.2.1/24", "inside": "10.0.1.1/24"}"""));
        Assert.That(nat.Outside.ToString(), Is.EqualTo("192.0.2.1"));
        Assert.That(nat.Routing, Is.EqualTo(TestRouter.Settings.Routing! with { NextHop = 0 }), "with the default MAC");
        nat = NatSettings.Parse(Json("""
            {"outside": "192.0.2.1/24", "inside": "10.0.1.1/24", "nextHop": "192.0.2.254",
             "virtualMac": "00:00:5E:00:01:07"}
            """));
        Assert.That(nat.Routing, Is.EqualTo(TestRouter.Settings.Routing! with { VirtualMac = 0x0000_5E00_0107 }));
    }

    [Test]
    public void The_chains_that_ship_have_settings_that_their_functions_take(
        [Values("edge", "two-machines/a", "two-machines/b")] string chain)
    {
        var file = File.ReadAllText(Path.Combine(SourceTree.Root, "chains", $"{chain}.json"));
        using var json = JsonDocument.Parse(file, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        foreach (var function in json.RootElement.GetProperty("chain").GetProperty("functions").EnumerateArray())
            Parsers[function.GetProperty("program").GetString()!](function.TryGetProperty("settings", out var settings) ? settings : Json("{}"));
    }

    [Test]
    public void Nothing_set_means_the_defaults()
    {
        var empty = Json("{}");
        Assert.That(MonitorSettings.Parse(empty), Is.EqualTo(new MonitorSettings()));
        Assert.That(FirewallSettings.Parse(empty), Is.EqualTo(new FirewallSettings()));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
