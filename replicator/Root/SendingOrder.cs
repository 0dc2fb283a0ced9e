using Holdfast.NfLib.Rings;

namespace Holdfast.Replicator.Root;

/// <summary>Which of two descriptors the root has sent first, as far as they tell.</summary>
internal static class SendingOrder
{
    /// <summary>Whether both are of one packet, or of one checkpoint's end.</summary>
    public static bool IsSame(Descriptor there, Descriptor what) =>
        there == what || (what.Kind != DescriptorKind.Poison && KindOf(there) == KindOf(what) && there.Value == what.Value);

    /// <summary>Positive when the first was sent later than the second, null when that can't be told.</summary>
    public static int? Compare(Descriptor one, Descriptor other)
    {
        if (KindOf(one) != KindOf(other)) return null;
        return KindOf(one) switch
        {
            DescriptorKind.Packet when one.Use == 0 || other.Use == 0 => null, // an empty slot: clocks begin with 1
            DescriptorKind.Packet => PacketUse.IsNewer(one.Use, other.Use) ? 1 : -1,
            DescriptorKind.Barrier or DescriptorKind.Tick => one.Value.CompareTo(other.Value),
            _ => null,
        };
    }

    /// <summary>Whether honest NFs keep the two in their order: packets of the two sides overtake each other where one is
    /// turned back.</summary>
    public static bool IsKept(Descriptor one, Descriptor other) =>
        KindOf(one) != DescriptorKind.Packet || PacketUse.SameSide(one.Use, other.Use);

    // Poison is a packet's end, and a join barrier ends a checkpoint like any other.
    private static DescriptorKind KindOf(Descriptor descriptor) => descriptor.Kind switch
    {
        DescriptorKind.Poison => DescriptorKind.Packet,
        DescriptorKind.JoinBarrier => DescriptorKind.Barrier,
        var kind => kind,
    };
}
