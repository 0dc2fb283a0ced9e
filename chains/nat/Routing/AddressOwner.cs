using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>How often another station of a side claimed our address there, and when we last said no.</summary>
internal struct Conflicts
{
    public ulong Count;

    /// <summary>In nanoseconds; 0 for never.</summary>
    public long Defended;
}

/// <summary>Answers ARP for the two addresses of the router, and defends them (RFC 826, RFC 5227).</summary>
internal sealed class AddressOwner(StateDeclaration state, RoutingSettings settings, Neighbours neighbours)
{
    // RFC 5227 1.1, DEFEND_INTERVAL.
    private const long DefendInterval = 10 * Neighbours.Second;

    private readonly StateArray<Conflicts> _conflicts = state.Array<Conflicts>("conflicts", 2);

    /// <summary>Takes a frame whose EtherType is ARP. None crosses: the two sides are different segments.</summary>
    public Verdict Receive(in Packet packet)
    {
        if (!ArpMessage.TryParse(packet.Bytes, out var message) || !MacAddress.IsUnicast(message.SenderMac))
            return DropReason.Malformed;
        var destination = MacAddress.DestinationOf(packet.Bytes);
        if (destination != MacAddress.Broadcast && destination != settings.VirtualMac
            // What we sent ourselves, or the other node, and a hub or a switch sent back.
            || message.SenderMac == settings.VirtualMac)
            return DropReason.Policy;

        var own = packet.FromLeft ? settings.Inside.Address : settings.Outside.Address;
        if (message.SenderAddress == own) return Defend(packet, own);
        var known = packet.FromLeft
            ? Slot.None
            : neighbours.Learn(message.SenderAddress, message.SenderMac, packet.Time);
        if (message.IsRequest && message.TargetAddress == own) return Answer(packet, message);
        if (known.IsNone) return DropReason.Policy;
        return SendParked(packet, known, message.SenderMac);
    }

    private Verdict Answer(in Packet packet, in ArpMessage request)
    {
        var reply = new ArpMessage
        {
            IsRequest = false,
            SenderMac = settings.VirtualMac,
            SenderAddress = request.TargetAddress,
            TargetMac = request.SenderMac,
            TargetAddress = request.SenderAddress,
        };
        reply.Write(packet.Replace(ArpMessage.FrameBytes), request.SenderMac);
        return Verdict.TurnBack;
    }

    /// <summary>Another station says that it has our address. We never give it up (RFC 5227 2.4 (c)).</summary>
    private Verdict Defend(in Packet packet, uint own)
    {
        ref var conflicts = ref _conflicts.Modify(packet.FromLeft ? 0 : 1);
        conflicts.Count++;
        if (conflicts.Defended != 0 && packet.Time - conflicts.Defended < DefendInterval) return DropReason.Policy;
        conflicts.Defended = packet.Time;
        WriteRequest(packet, MacAddress.Broadcast, own, own, 0);
        return Verdict.TurnBack;
    }

    /// <summary>The neighbour is known now: its message's buffer becomes the packet that waited for it.</summary>
    private Verdict SendParked(in Packet packet, Slot neighbour, ulong mac)
    {
        var parked = neighbours.Unpark(neighbour, packet.Time);
        if (parked.IsEmpty) return DropReason.Consumed;
        var frame = packet.Replace(parked.Length);
        parked.CopyTo(frame);
        MacAddress.Address(frame, mac, settings.VirtualMac);
        return Verdict.TurnBack;
    }

    /// <summary>Makes a packet the question who has an address on the right.</summary>
    public void WriteQuestion(in Packet packet, ulong destination, uint target) =>
        WriteRequest(packet, destination, settings.Outside.Address, target,
            destination == MacAddress.Broadcast ? 0 : destination);

    private void WriteRequest(in Packet packet, ulong destination, uint sender, uint target, ulong targetMac)
    {
        var request = new ArpMessage
        {
            IsRequest = true,
            SenderMac = settings.VirtualMac,
            SenderAddress = sender,
            TargetMac = targetMac,
            TargetAddress = target,
        };
        request.Write(packet.Replace(ArpMessage.FrameBytes), destination);
    }
}
