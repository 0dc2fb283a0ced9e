using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Ports.Interface;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>What an operator does about refused and unsent frames.</summary>
internal static class DpdkRemedies
{
    /// <summary>Sentences for what was counted, or null when nothing was.</summary>
    public static string? For(DeviceName name, FrameCounts counts, ulong badChecksums, bool hearsAll)
    {
        var sentences = new List<string>();
        if (!hearsAll)
            sentences.Add($"{name} receives only frames for its own address, and a chain needs those for others: if it is a virtual function, let its host trust it "
                + "(ip link set dev IF vf N trust on)");
        if (counts.Of(Refusal.Giant) > 0)
            sentences.Add($"giant frames come in at {name}, which are several segments in one: turn offloads off at the sender (ethtool -K IF tso off gso off)");
        if (counts.Of(Refusal.TooLong) > 0)
            sentences.Add($"frames that fit no packet buffer come in at {name}: lower the MTU of the machines there (ip link set dev IF mtu 1500)");
        if (counts.Of(Refusal.OtherVlan) > 0)
            sentences.Add($"frames without tag or of other VLANs come in at {name}: let the switch send it only this port's \"vlan\"");
        if (badChecksums > 0)
            sentences.Add($"{badChecksums} frames with wrong checksums came in at {name} and went on: look for a bad cable, or a sender that leaves them to a device that does not do them");
        if (counts.Of(SendError.TooLong) > 0)
            sentences.Add($"frames longer than {name} takes should have left there: give both ports' networks the same MTU");
        if (counts.Of(SendError.NoRoom) > 0)
            sentences.Add($"{name} could not send as fast as the chain: raise its \"descriptors\", or look at the link");
        return sentences.Count == 0 ? null : string.Join("; ", sentences);
    }
}
