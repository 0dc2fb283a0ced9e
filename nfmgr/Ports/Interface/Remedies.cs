using Holdfast.NfLib.Packets;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>What an operator does about refused and unsent frames.</summary>
internal static class Remedies
{
    /// <summary>Sentences for what was counted, or null when nothing was.</summary>
    public static string? For(string name, FrameCounts counts)
    {
        var sentences = new List<string>();
        if (counts.Of(Refusal.Giant) > 0)
            sentences.Add($"giant frames come in at {name}, which are several segments in one: turn offloads off there "
                + $"(ethtool -K {name} gro off lro off), and if it is a veth or leads to a bridge of this machine, at the sender "
                + "(ethtool -K IF tso off gso off)");
        if (counts.Of(Refusal.TooLong) > 0)
            sentences.Add($"frames of more than {PacketPool.MaxFrameBytes} bytes come in at {name}: lower the MTU of the machines "
                + "there (ip link set dev IF mtu 1500)");
        if (counts.Of(Refusal.Malformed) > 0)
            sentences.Add($"frames without an Ethernet header come in at {name}: look at them with tcpdump -i {name}");
        if (counts.Of(SendError.TooLong) > 0)
            sentences.Add($"frames longer than the MTU of {name} should have left there: give both ports' networks the same MTU");
        if (counts.Of(SendError.NoRoom) > 0)
            sentences.Add($"{name} could not send as fast as the chain: look at its queue (tc -s qdisc show dev {name})");
        return sentences.Count == 0 ? null : string.Join("; ", sentences);
    }
}
