using Holdfast.Chains.Firewall;
using Holdfast.Chains.Monitor;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using NUnit.Framework;
using Monitor = Holdfast.Chains.Monitor.Monitor;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>
/// The two directions meet in an NF in no fixed order. In every order that a chain allows, the same packets come out
/// and the same state remains; else a replica, a twin or the reference run would differ from what really happened.
/// </summary>
public sealed class CommutativityTests
{
    private const string FewPorts = "nat with 6 ports";

    private static readonly FlowTimeouts Short = new()
    {
        TcpEstablished = TimeSpan.FromSeconds(4),
        TcpTransitory = TimeSpan.FromSeconds(2),
        Udp = TimeSpan.FromSeconds(1.5),
        Icmp = TimeSpan.FromSeconds(1),
    };

    private static readonly Dictionary<string, Func<INetworkFunction>> Functions = new()
    {
        ["monitor"] = () => new Monitor(new MonitorSettings { IdleTimeout = TimeSpan.FromSeconds(1.5) }),
        ["firewall"] = () => new Firewall(new FirewallSettings
        {
            Rules = [new Rule { FromLeft = false, Allows = true, Protocol = IpProtocols.Udp }],
            Timeouts = Short,
        }),
        ["nat"] = () => new Nat(NatTests.Settings with { Timeouts = Short }),
        // So few ports that who gets one depends on exactly when others go back.
        [FewPorts] = () => new Nat(NatTests.Settings with { Timeouts = Short, Sessions = 6 }),
    };

    [Test]
    public void Any_order_of_the_directions_comes_out_the_same(
        [Values("monitor", "firewall", "nat", FewPorts)] string function, [Range(1, 30)] int seed)
    {
        using var trace = new CausalTrace(Functions[function]);
        // With few ports, a peer that sends to a port which was idle for long may reach its next owner or nobody. That
        // packet answers nothing, so nothing fixes its order.
        new Conversations(trace, seed, rightBegins: function != FewPorts).Run(hosts: 16, rounds: 60);
        Assert.That(trace.Passed, Is.GreaterThan(400));
        for (var order = 1; order <= 10; order++)
            Assert.That(trace.DifferencesInAnotherOrder(order), Is.Empty, $"order {order}");
    }
}
