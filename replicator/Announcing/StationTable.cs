using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Replicator.Announcing;

/// <summary>
/// The stations that the network at a port has seen behind it: the sources of the frames that left by that port,
/// whether a host beyond the chain sent them or an NF with an address of its own. They are what a successor must
/// announce there, so they are in the root's replicated state.
/// </summary>
public sealed class StationTable
{
    /// <summary>Stations per port; the source of a frame beyond that is not learned until another one is forgotten.</summary>
    public const int Capacity = 512;

    /// <summary>Nanoseconds in a unit of a station's age; all that its line changes for while it only goes on sending.</summary>
    public const long SeenUnit = 16_000_000_000;

    /// <summary>Units without a frame after which a station is forgotten: five minutes, as switches do (802.1D).</summary>
    private const uint Lifetime = 19;

    private const int RecentEntries = 64, IPv6Bytes = 40, AdvertisementBytes = 24;
    private const byte NeighbourAdvertisement = 136, TargetLinkLayerAddress = 2;

    private readonly Map<ulong, Station> _stations;

    // What need not be looked up again: not state, only a shortcut of this process.
    private readonly (ulong Address, uint Seen)[] _recent = new (ulong, uint)[RecentEntries];
    private uint _expired;

    public StationTable(StateDeclaration state, string name) => _stations = state.Map<ulong, Station>(name, Capacity);

    /// <summary>Stations known now.</summary>
    public int Count => _stations.Count;

    /// <summary>Learns from a frame that leaves.</summary>
    /// <param name="frame">From its Ethernet header on.</param>
    /// <param name="time">The root's time in nanoseconds since the Unix epoch.</param>
    public void Learn(ReadOnlySpan<byte> frame, long time)
    {
        if (!TryReadSource(frame, out var source, out var payload)) return;
        var seen = (uint)(time / SeenUnit);
        ref var recent = ref _recent[(source.Raw ^ source.Raw >> 24) % RecentEntries];
        // Read once: an NF can still change the frame, and each kind was checked for its own length.
        var type = BinaryPrimitives.ReadUInt16BigEndian(frame[(payload - 2)..]);
        var named = MayName(frame, payload, type);
        if (!named && recent.Address == source.Raw && recent.Seen == seen) return;

        Expire(seen);
        var slot = _stations.FindOrAdd(source.Raw);
        if (slot.IsNone) return;
        recent = (source.Raw, seen);
        if (_stations[slot].Seen != seen) _stations.Modify(slot).Seen = seen;
        if (!named) return;
        if (type == EtherTypes.Arp) LearnFromArp(slot, source.Mac, frame[payload..]);
        else LearnAdvertised(slot, source.Mac, frame[payload..]);
    }

    /// <summary>Copies what is known.</summary>
    /// <param name="stations">Room for <see cref="Capacity"/> stations.</param>
    /// <returns>Stations copied.</returns>
    internal int CopyTo(Span<(StationAddress Address, Station Station)> stations)
    {
        var count = 0;
        foreach (var slot in _stations) stations[count++] = (new StationAddress(_stations.Key(slot)), _stations[slot]);
        return count;
    }

    private static bool TryReadSource(ReadOnlySpan<byte> frame, out StationAddress source, out int payload)
    {
        (source, payload) = (default, Ethernet.HeaderBytes);
        if (frame.Length < Ethernet.HeaderBytes) return false;
        var mac = MacAddress.SourceOf(frame);
        // A group address as a source is no station (802.3 section 3.2.3).
        if (!MacAddress.IsUnicast(mac)) return false;
        source = StationAddress.Untagged(mac);
        var type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (type is not (EtherTypes.Vlan or EtherTypes.ServiceVlan) || frame.Length < Ethernet.HeaderBytes + Ethernet.VlanTagBytes) return true;
        source = StationAddress.InVlan(mac, BinaryPrimitives.ReadUInt16BigEndian(frame[Ethernet.HeaderBytes..]), type == EtherTypes.ServiceVlan);
        payload = Ethernet.HeaderBytes + Ethernet.VlanTagBytes;
        return true;
    }

    private static bool MayName(ReadOnlySpan<byte> frame, int payload, ushort type) => type switch
    {
        EtherTypes.Arp => frame.Length >= payload + ArpMessage.Bytes,
        EtherTypes.IPv6 => frame.Length >= payload + IPv6Bytes + AdvertisementBytes
                           && frame[payload + 6] == IpProtocols.Icmp6
                           && frame[payload + IPv6Bytes] == NeighbourAdvertisement,
        _ => false,
    };

    private void LearnFromArp(Slot slot, ulong mac, ReadOnlySpan<byte> arp)
    {
        // The sender must be who sent the frame, or it is a proxy's word. A probe names none (RFC 5227).
        if (!ArpMessage.TryRead(arp, out var message) || message.SenderMac != mac || message.SenderAddress == 0) return;
        if (_stations[slot].IPv4 != message.SenderAddress) _stations.Modify(slot).IPv4 = message.SenderAddress;
    }

    private void LearnAdvertised(Slot slot, ulong mac, ReadOnlySpan<byte> packet)
    {
        // RFC 4861 section 7.1.2: hop limit 255 says that no router passed it on. Only an advertisement that names the
        // sender's own link-layer address, as its first option, is one that may be repeated for it.
        var advertisement = packet[IPv6Bytes..];
        if (packet[7] != 255 || advertisement.Length < AdvertisementBytes + 8 || advertisement[AdvertisementBytes] != TargetLinkLayerAddress
            || advertisement[AdvertisementBytes + 1] != 1 || MacAddress.Read(advertisement[(AdvertisementBytes + 2)..]) != mac) return;
        var high = BinaryPrimitives.ReadUInt64BigEndian(advertisement[8..]);
        var low = BinaryPrimitives.ReadUInt64BigEndian(advertisement[16..]);
        var router = (advertisement[4] & 0x80) != 0;
        // No station has a group address or none. A link-local one does not displace one that is seen from afar.
        if (high >> 56 == 0xFF || (high | low) == 0) return;
        ref readonly var known = ref _stations[slot];
        if (high >> 54 == 0x3FA && (known.IPv6High | known.IPv6Low) != 0 && known.IPv6High >> 54 != 0x3FA) return;
        if (known.IPv6High == high && known.IPv6Low == low && known.IsRouter == router) return;
        ref var station = ref _stations.Modify(slot);
        (station.IPv6High, station.IPv6Low, station.IsRouter) = (high, low, router);
    }

    /// <summary>Forgets stations that have gone; looked for once a unit.</summary>
    private void Expire(uint now)
    {
        if (now == _expired) return;
        _expired = now;
        foreach (var slot in _stations)
        {
            // Signed: a time ahead of ours is recent.
            if ((int)(now - _stations[slot].Seen) > Lifetime) _stations.Remove(slot);
        }
    }
}
