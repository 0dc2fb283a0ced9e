using System.Net.Sockets;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// The usual mistakes with a port's interface, each with its remedy. An error is what makes the chain wrong or
/// impossible; what costs packets, or can't be known from here, is a warning.
/// </summary>
internal static class CheckInterface
{
    private const string TagStripping = "rx-vlan-hw-parse";

    /// <summary>Features that join several frames into one that no buffer holds and no network carries.</summary>
    private static readonly string[] Joining = ["rx-gro", "rx-lro", "rx-gro-hw"];

    /// <summary>What ethtool -K calls them.</summary>
    private static readonly string[] Switches = ["gro", "lro", "rx-gro-hw"];

    /// <summary>Both ports' interfaces of a configuration, as far as it has such ports.</summary>
    public static IEnumerable<CheckResult> Both(ChainSection chain)
    {
        foreach (var (thing, section) in new[] { ("left port", chain.Left), ("right port", chain.Right) })
        {
            if (section is not InterfacePortSection port) continue;
            foreach (var result in Of(thing, port)) yield return result;
        }

        if (chain is { Left: InterfacePortSection left, Right: InterfacePortSection right }
            && InterfaceFacts.Read(left.Interface) is { } leftFacts && InterfaceFacts.Read(right.Interface) is { } rightFacts)
        {
            foreach (var result in Pair(leftFacts, rightFacts)) yield return result;
        }
    }

    /// <summary>Looks at one port's interface.</summary>
    public static IEnumerable<CheckResult> Of(string thing, InterfacePortSection port)
    {
        if (!InterfaceFacts.MayOpenPacketSockets())
        {
            yield return CheckResult.Error(thing, $"user {Environment.UserName} may not open packet sockets",
                "run nfmgr as root, or give the program the right to: "
                + $"setcap cap_net_raw+ep {Environment.ProcessPath ?? "nfmgr"}");
        }

        if (InterfaceFacts.Read(port.Interface) is not { } facts)
        {
            yield return CheckResult.Error(thing, $"this machine has no interface {port.Interface}",
                Spelling.Suggest(port.Interface, InterfaceFacts.Names().Where(n => n != "lo")));
            yield break;
        }

        foreach (var result in Judge(thing, port, facts)) yield return result;
    }

    /// <summary>What is wrong with an interface that there is; one line that says ok when nothing is.</summary>
    internal static IEnumerable<CheckResult> Judge(string thing, InterfacePortSection port, InterfaceFacts facts)
    {
        var name = facts.Name;
        var isFine = true;
        foreach (var result in Errors().Concat(Xdp()).Concat(Warnings()))
        {
            isFine = false;
            yield return result;
        }

        if (isFine) yield return CheckResult.Ok(thing, $"{name} ({(facts.Driver.Length > 0 ? facts.Driver + ", " : "")}MTU {facts.Mtu})");

        IEnumerable<CheckResult> Errors()
        {
            if (!facts.IsEthernet)
            {
                yield return CheckResult.Error(thing, $"{name} is no Ethernet interface", "name one that is");
                yield break;
            }

            if (facts.Master is { } master)
                yield return CheckResult.Error(thing, $"{name} belongs to {master}, which takes and sends its frames too",
                    $"take it out: ip link set dev {name} nomaster");
            if (facts.Addresses.Count > 0)
            {
                // Two commands, for what each of them can remove would come back without the other.
                var off = facts.Addresses.Any(a => a.AddressFamily == AddressFamily.InterNetworkV6)
                    ? $"sysctl -w net.ipv6.conf.{name}.disable_ipv6=1 && " : "";
                yield return CheckResult.Error(thing,
                    $"{name} has {(facts.Addresses.Count == 1 ? "the address" : "the addresses")} {string.Join(", ", facts.Addresses)}, "
                    + "so this machine itself answers what the chain should carry",
                    $"{off}ip address flush dev {name}");
            }
        }

        IEnumerable<CheckResult> Xdp()
        {
            if (port.Mode != InterfaceMode.Xdp) yield break;
            if (facts.ReceiveQueues > 1)
                yield return CheckResult.Error(thing, $"{name} spreads frames over {facts.ReceiveQueues} queues, of which a port in mode xdp sees one",
                    $"ethtool -L {name} combined 1, or \"mode\": \"packet\"");
            if (facts.Mtu > MtuLimit.Xdp)
                yield return CheckResult.Error(thing, $"{name} has MTU {facts.Mtu}, of which the kernel has room for {MtuLimit.Xdp} in mode xdp",
                    $"ip link set dev {name} mtu 1500, or \"mode\": \"packet\"");
        }

        IEnumerable<CheckResult> Warnings()
        {
            if (!facts.IsEthernet) yield break;
            if (!facts.IsSwitchedOn)
                yield return CheckResult.Warning(thing, $"{name} is switched off", $"ip link set dev {name} up");
            else if (facts.State == LinkState.Down)
                yield return CheckResult.Warning(thing, $"{name} has no link", "see that the cable's, or the veth's, other end is on");
            // With an address that is an error already.
            if (facts.HasIPv6 && facts.Addresses.Count == 0)
                yield return CheckResult.Warning(thing, $"{name} has IPv6 on, so this machine will give itself an address and talk there",
                    $"sysctl -w net.ipv6.conf.{name}.disable_ipv6=1");
            if (facts.HasArp)
                yield return CheckResult.Warning(thing, $"{name} has ARP on, so this machine may answer there for addresses of its other interfaces",
                    $"ip link set dev {name} arp off");
            foreach (var result in Offloads()) yield return result;
            if (facts.Mtu > MtuLimit.Packet)
                yield return CheckResult.Warning(thing, $"{name} has MTU {facts.Mtu}; frames with more than {MtuLimit.Packet} bytes of payload fit no packet buffer and are refused",
                    $"ip link set dev {name} mtu 1500, also on the other machines of that network");
            if (port.Mode == InterfaceMode.Xdp && facts.Features.TryGetValue(TagStripping, out var canChange))
                yield return CheckResult.Warning(thing, $"{name} has {TagStripping} on, which takes VLAN tags out of frames where a port in mode xdp does not see "
                    + "them, so that tagged frames enter the chain without",
                    canChange ? $"ethtool -K {name} rxvlan off, and if it is a veth, at its other end: ethtool -K IF txvlan off"
                        : "\"mode\": \"packet\"");
        }

        IEnumerable<CheckResult> Offloads()
        {
            const string Effect = "joins TCP segments into frames that are too long for the chain and are refused";
            var on = Joining.Where(facts.Features.ContainsKey).ToArray();
            var changeable = on.Where(f => facts.Features[f]).Select(f => $"{Switches[Array.IndexOf(Joining, f)]} off").ToArray();
            if (changeable.Length > 0)
                yield return CheckResult.Warning(thing, $"{name} has {string.Join(", ", on.Where(f => facts.Features[f]))} on, which {Effect}",
                    $"ethtool -K {name} {string.Join(' ', changeable)}");
            if (on.Any(f => !facts.Features[f]))
                yield return CheckResult.Warning(thing, $"{name} has {string.Join(", ", on.Where(f => !facts.Features[f]))} on for good, which {Effect}",
                    "turn it off where this machine's network card is made (of QEMU's virtio: guest_tso4=off,guest_tso6=off,guest_ufo=off), "
                    + "or tso and gso at the senders");
            if (facts.Driver is "veth" or "bridge" or "tun")
                yield return CheckResult.Warning(thing, $"{name} is a {facts.Driver}: what other programs of this machine send into it may be "
                    + "too long for the chain, which can't be seen from here",
                    "at the other end: ethtool -K IF tso off gso off, where IF sends into it");
        }
    }

    /// <summary>What is wrong between the two interfaces.</summary>
    internal static IEnumerable<CheckResult> Pair(InterfaceFacts left, InterfaceFacts right)
    {
        if (left.Mtu == right.Mtu) yield break;
        var (small, large) = left.Mtu < right.Mtu ? (left, right) : (right, left);
        yield return CheckResult.Warning("ports", $"{small.Name} has MTU {small.Mtu}, {large.Name} {large.Mtu}: a chain is no router, "
            + "so longer frames are lost without a word to their sender",
            $"ip link set dev {large.Name} mtu {small.Mtu}, also on the other machines of that network");
    }
}
