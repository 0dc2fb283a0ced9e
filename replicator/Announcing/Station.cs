namespace Holdfast.Replicator.Announcing;

/// <summary>A MAC address that frames leave with by a port, in the VLAN of their outer tag; one word, so a key of a map.</summary>
internal readonly record struct StationAddress(ulong Raw)
{
    private const int TagShift = 48;
    private const ulong Tagged = 1UL << 60, ServiceTag = 1UL << 61, MacMask = (1UL << TagShift) - 1;

    /// <summary>48 bits, first byte highest.</summary>
    public ulong Mac => Raw & MacMask;

    public bool IsTagged => (Raw & Tagged) != 0;

    /// <summary>Whether the tag is of 802.1ad, else of 802.1Q.</summary>
    public bool HasServiceTag => (Raw & ServiceTag) != 0;

    /// <summary>12 bits.</summary>
    public ushort Vlan => (ushort)(Raw >> TagShift & 0xFFF);

    public static StationAddress Untagged(ulong mac) => new(mac);

    public static StationAddress InVlan(ulong mac, int vlan, bool serviceTag) =>
        new(mac | (ulong)(vlan & 0xFFF) << TagShift | Tagged | (serviceTag ? ServiceTag : 0));
}

/// <summary>What is kept of a station; with its key 32 bytes.</summary>
internal struct Station
{
    /// <summary>The IPv6 address that it last advertised (RFC 4861 section 4.4); 0 for none.</summary>
    public ulong IPv6High, IPv6Low;

    /// <summary>The IPv4 address that it last named as its own by ARP; 0 for none.</summary>
    public uint IPv4;

    private uint _seenAndRouter;

    /// <summary>When its last frame left, in units of <see cref="StationTable.SeenUnit"/> since the Unix epoch.</summary>
    public uint Seen
    {
        readonly get => _seenAndRouter >> 1;
        set => _seenAndRouter = value << 1 | _seenAndRouter & 1;
    }

    /// <summary>The router flag of its advertisement: without it, hosts would strike their default router off.</summary>
    public bool IsRouter
    {
        readonly get => (_seenAndRouter & 1) != 0;
        set => _seenAndRouter = _seenAndRouter & ~1u | (value ? 1u : 0);
    }
}
