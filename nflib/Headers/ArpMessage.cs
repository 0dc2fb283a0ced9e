using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>An ARP message for IPv4 over Ethernet (RFC 826). Hardware addresses are 48-bit numbers.</summary>
public readonly record struct ArpMessage
{
    /// <summary>A frame with an ARP message and without a VLAN tag, padded to Ethernet's least length.</summary>
    public const int FrameBytes = Ethernet.MinFrameBytes;

    /// <summary>The message alone.</summary>
    public const int Bytes = 28;

    private const ushort EthernetHardware = 1, RequestCode = 1, ReplyCode = 2;

    /// <summary>A question for the target's hardware address; otherwise a reply.</summary>
    public required bool IsRequest { get; init; }

    public required ulong SenderMac { get; init; }

    /// <summary>0 in a probe, by which a host asks whether its address is free (RFC 5227).</summary>
    public required uint SenderAddress { get; init; }

    /// <summary>Means nothing in a request.</summary>
    public required ulong TargetMac { get; init; }

    public required uint TargetAddress { get; init; }

    /// <summary>Whether a frame is ARP, by its EtherType; false when it has a VLAN tag.</summary>
    public static bool IsArp(ReadOnlySpan<byte> frame) =>
        frame.Length >= Ethernet.HeaderBytes && BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == EtherTypes.Arp;

    /// <summary>Reads the message in a frame without a VLAN tag.</summary>
    /// <returns>False when the frame is not ARP, ends too early, or is about anything but IPv4 over
    /// Ethernet.</returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, out ArpMessage message)
    {
        message = default;
        return IsArp(frame) && TryRead(frame[Ethernet.HeaderBytes..], out message);
    }

    /// <summary>Reads the message behind a frame's EtherType.</summary>
    /// <returns>False when it ends too early, is neither a request nor a reply, or is about anything but IPv4 over
    /// Ethernet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> arp, out ArpMessage message)
    {
        message = default;
        if (arp.Length < Bytes) return false;
        var operation = BinaryPrimitives.ReadUInt16BigEndian(arp[6..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(arp) != EthernetHardware
            || BinaryPrimitives.ReadUInt16BigEndian(arp[2..]) != EtherTypes.IPv4
            || arp[4] != 6 || arp[5] != 4
            || operation is not (RequestCode or ReplyCode))
            return false;
        message = new ArpMessage
        {
            IsRequest = operation == RequestCode,
            SenderMac = MacAddress.Read(arp[8..]),
            SenderAddress = BinaryPrimitives.ReadUInt32BigEndian(arp[14..]),
            TargetMac = MacAddress.Read(arp[18..]),
            TargetAddress = BinaryPrimitives.ReadUInt32BigEndian(arp[24..]),
        };
        return true;
    }

    /// <summary>Writes the whole frame, from the sender's hardware address.</summary>
    /// <param name="frame">At least <see cref="FrameBytes"/> long; no more is written.</param>
    /// <param name="destination">Whom the frame is for; the broadcast address for most requests.</param>
    public void Write(Span<byte> frame, ulong destination)
    {
        frame[..FrameBytes].Clear();
        MacAddress.Address(frame, destination, SenderMac);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherTypes.Arp);
        Write(frame[Ethernet.HeaderBytes..]);
    }

    /// <summary>Writes the message alone, which goes behind a frame's EtherType.</summary>
    /// <param name="arp">At least <see cref="Bytes"/> long; no more is written.</param>
    public void Write(Span<byte> arp)
    {
        BinaryPrimitives.WriteUInt16BigEndian(arp, EthernetHardware);
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], EtherTypes.IPv4);
        (arp[4], arp[5]) = (6, 4);
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], IsRequest ? RequestCode : ReplyCode);
        MacAddress.Write(arp[8..], SenderMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], SenderAddress);
        MacAddress.Write(arp[18..], TargetMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[24..], TargetAddress);
    }
}
