using System.Buffers.Binary;

namespace Holdfast.Generator.Capture;

/// <summary>Where an Ethernet frame keeps what a NAT changes, in its packet and in the one that embeds.</summary>
internal readonly struct FrameLayout
{
    private const ushort IPv4 = 0x0800, IPv6 = 0x86dd, Vlan = 0x8100, ProviderVlan = 0x88a8;

    private readonly PacketLayout embedded;

    private FrameLayout(in PacketLayout outer, in PacketLayout embedded, int vlanId)
    {
        Outer = outer;
        this.embedded = embedded;
        VlanId = (ushort)vlanId;
    }

    /// <summary>The packet that the frame carries.</summary>
    public PacketLayout Outer { get; }

    /// <summary>Whether the frame carries an ICMP or ICMPv6 error.</summary>
    public bool IsError => Outer.Kind == PacketKind.Error;

    /// <summary>The packet that tells the flow: the embedded one of an ICMP error, else the outer one.</summary>
    public PacketLayout Inner => IsError ? embedded : Outer;

    /// <summary>The innermost VLAN tag's id; 0 without (IEEE 802.1Q).</summary>
    public ushort VlanId { get; }

    /// <summary>False for what is no packet of a flow that can cross a NAT, and for damaged frames.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out FrameLayout layout)
    {
        layout = default;
        int at = 12, vlanId = 0;
        ushort type;
        while (true)
        {
            if (at + 4 > frame.Length) return false;
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
            if (type is not (Vlan or ProviderVlan)) break;
            vlanId = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]) & 0xfff;
            at += 4;
        }

        bool isV6 = type == IPv6;
        if (!isV6 && type != IPv4) return false;
        if (!PacketLayout.TryParse(frame, at + 2, isV6, isEmbedded: false, out var outer)) return false;

        var embedded = default(PacketLayout);
        if (outer.Kind == PacketKind.Error
            && (!PacketLayout.TryParse(frame, outer.Transport + 8, isV6, isEmbedded: true, out embedded)
                || embedded.Kind == PacketKind.Error))
        {
            return false;
        }

        layout = new FrameLayout(outer, embedded, vlanId);
        return true;
    }
}
