namespace Holdfast.NfLib.Headers;

/// <summary>The EtherTypes that headers are read behind (IEEE 802 numbers).</summary>
public static class EtherTypes
{
    public const ushort IPv4 = 0x0800, Arp = 0x0806, IPv6 = 0x86DD;

    /// <summary>A customer VLAN tag (802.1Q).</summary>
    public const ushort Vlan = 0x8100;

    /// <summary>A service VLAN tag (802.1ad).</summary>
    public const ushort ServiceVlan = 0x88A8;
}
