using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>Where a packet from the left goes next: an address on the right, and its entry if there is one.</summary>
internal readonly record struct NextHop(uint Address, Slot Neighbour);

/// <summary>
/// The part of a NAT that makes it a router between two segments (RFC 1812): it owns an address and a hardware address
/// on each side, takes only frames that are for it, and gives them new link-layer addresses and one hop less to live.
/// </summary>
internal sealed class Router
{
    private const uint FirstMulticast = 0xE000_0000;

    private readonly RoutingSettings _settings;
    private readonly Neighbours _neighbours;
    private readonly AddressOwner _owner;
    private readonly ErrorReports _errors;

    public Router(StateDeclaration state, RoutingSettings settings)
    {
        _settings = settings;
        _neighbours = new Neighbours(state, settings.NextHop);
        _owner = new AddressOwner(state, settings, _neighbours);
        _errors = new ErrorReports(state, settings);
    }

    /// <summary>Deals with everything that is not to be translated.</summary>
    /// <returns>What becomes of the packet; null when it is an IPv4 packet for the other side, which is to be
    /// translated.</returns>
    public Verdict? Receive(in Packet packet, in PacketHeaders headers)
    {
        if (ArpMessage.IsArp(packet.Bytes)) return _owner.Receive(packet);
        if (headers.IpVersion != 4) return Verdict.Forward;
        // Behind a VLAN tag is another network, in which we have no address.
        if (headers.NetworkOffset != Ethernet.HeaderBytes) return DropReason.Unsupported;
        var destination = MacAddress.DestinationOf(packet.Bytes);
        if (destination != _settings.VirtualMac)
            return MacAddress.IsUnicast(destination) ? DropReason.Policy : DropReason.Unsupported;
        if (IsForged(packet, (uint)headers.Source)) return DropReason.Policy;
        return packet.FromLeft ? ReceiveFromLeft(packet, headers) : ReceiveFromRight(packet, headers);
    }

    /// <summary>Finds the way of a packet from the left, before it opens a session or is changed.</summary>
    /// <returns>What becomes of a packet that can't go on; null for one that can.</returns>
    public Verdict? FindWay(in Packet packet, in PacketHeaders headers, out NextHop hop)
    {
        hop = default;
        if (IPv4Forwarding.IsExpiring(packet.Bytes, headers)) return Expire(packet, headers);
        var destination = (uint)headers.Destination;
        var address = _settings.Outside.Contains(destination) ? destination : _settings.NextHop;
        if (address == 0) return _errors.Report(packet, headers, IcmpError.NetworkUnreachable, DropReason.Unresolved);
        hop = new NextHop(address, _neighbours.Find(address));
        return _neighbours.IsUnreachable(hop.Neighbour, packet.Time)
            ? _errors.Report(packet, headers, IcmpError.HostUnreachable, DropReason.Unresolved)
            : null;
    }

    /// <summary>The time to live of a packet ends here.</summary>
    public Verdict Expire(in Packet packet, in PacketHeaders headers) =>
        _errors.Report(packet, headers, IcmpError.TimeExceeded, DropReason.Expired);

    /// <summary>A packet may open no session for want of a port (RFC 5508 REQ-8).</summary>
    public Verdict Refuse(in Packet packet, in PacketHeaders headers) =>
        _errors.Report(packet, headers, IcmpError.Prohibited, DropReason.TableFull);

    /// <summary>Sends a translated packet to its next hop on the right. While that is not known, the packet becomes the
    /// question for it, or waits, or both.</summary>
    public Verdict SendRight(in Packet packet, in PacketHeaders headers, NextHop hop)
    {
        var frame = packet.Write(headers.TransportOffset);
        IPv4Forwarding.DecrementTtl(frame, headers);
        var isParkable = ParkingPlaces.Fits(packet.Length);
        var slot = hop.Neighbour;
        var resolution = _neighbours.Resolve(hop.Address, ref slot, packet.Time, isParkable);
        if (resolution == Resolution.Known)
        {
            MacAddress.Address(frame, _neighbours.MacOf(slot), _settings.VirtualMac);
            return Verdict.Forward;
        }

        if (resolution is Resolution.Full) return DropReason.TableFull;
        if (isParkable) _neighbours.Park(slot, packet.Bytes, packet.Time);
        if (resolution is not (Resolution.Ask or Resolution.Probe)) return DropReason.Unresolved;
        var whom = resolution == Resolution.Ask ? MacAddress.Broadcast : _neighbours.MacOf(slot);
        _owner.WriteQuestion(packet, whom, hop.Address);
        return Verdict.Forward;
    }

    /// <summary>Gives a translated packet what it needs to go to a host on the left.</summary>
    public void SendLeft(in Packet packet, in PacketHeaders headers, ulong insideMac)
    {
        var frame = packet.Write(headers.TransportOffset);
        IPv4Forwarding.DecrementTtl(frame, headers);
        MacAddress.Address(frame, insideMac, _settings.VirtualMac);
    }

    /// <summary>A packet of a session came from the right: whoever sends our packets on is there.</summary>
    public void Confirm(in Packet packet, in PacketHeaders headers)
    {
        var source = (uint)headers.Source;
        var neighbour = _settings.Outside.Contains(source) ? source : _settings.NextHop;
        _neighbours.Confirm(neighbour, MacAddress.SourceOf(packet.Bytes), packet.Time);
    }

    public void Age(long time) => _neighbours.Age(time);

    private Verdict? ReceiveFromLeft(in Packet packet, in PacketHeaders headers)
    {
        var destination = (uint)headers.Destination;
        var isOwn = destination == _settings.Inside.Address || destination == _settings.Outside.Address;
        if (isOwn && IcmpMessage.IsEchoRequest(packet.Bytes, headers)) return AnswerEcho(packet, headers);
        if (destination == _settings.Inside.Address) return DropReason.NoSession;
        // The hosts of a segment reach each other without us.
        if (_settings.Inside.Contains(destination)) return DropReason.Policy;
        if (_settings.Outside.Contains(destination) && !_settings.Outside.IsHost(destination))
            return DropReason.Unsupported;
        return null;
    }

    private Verdict? ReceiveFromRight(in Packet packet, in PacketHeaders headers) =>
        headers.Destination == _settings.Outside.Address && IcmpMessage.IsEchoRequest(packet.Bytes, headers)
            ? AnswerEcho(packet, headers)
            : null;

    private Verdict AnswerEcho(in Packet packet, in PacketHeaders headers)
    {
        var frame = packet.Write(headers.HeadersEnd);
        IcmpMessage.AnswerEcho(frame, headers);
        MacAddress.Address(frame, MacAddress.SourceOf(frame), _settings.VirtualMac);
        return Verdict.TurnBack;
    }

    /// <summary>Whether a packet has a source that can't send from where it comes (RFC 1812 5.3.7, 5.3.8).</summary>
    private bool IsForged(in Packet packet, uint source) =>
        source >> 24 is 0 or 127 || source >= FirstMulticast
        || !MacAddress.IsUnicast(MacAddress.SourceOf(packet.Bytes))
        || source == _settings.Inside.Address || source == _settings.Outside.Address
        || (packet.FromLeft ? _settings.Outside.Contains(source) : _settings.Inside.Contains(source))
        || IsOfNoHost(packet.FromLeft ? _settings.Inside : _settings.Outside, source);

    /// <summary>A segment's own address, or that of all its hosts.</summary>
    private static bool IsOfNoHost(in InterfaceAddress segment, uint source) => segment.Contains(source) && !segment.IsHost(source);
}
