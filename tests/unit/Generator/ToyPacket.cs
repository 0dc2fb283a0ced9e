using System.Buffers.Binary;

namespace Holdfast.Tests.Unit.Generator;

/// <summary>
/// An untagged IP frame seen without the player's own parser, so that one does not vouch for the other.
/// Checksums are computed in full (RFC 1071).
/// </summary>
internal sealed class ToyPacket
{
    private readonly byte[] frame;
    private readonly int end;

    private ToyPacket(byte[] frame, int ip, int end)
    {
        this.frame = frame;
        this.end = end;
        Ip = ip;
        IsV6 = frame[ip] >> 4 == 6;
        Protocol = IsV6 ? frame[ip + 6] : frame[ip + 9];
        Transport = ip + (IsV6 ? 40 : (frame[ip] & 0xf) * 4);
    }

    public int Ip { get; }
    public bool IsV6 { get; }
    public byte Protocol { get; }
    public int Transport { get; }

    public bool IsIcmpError => (Protocol, frame[Transport]) is (1, 3) or (58, 1);
    public bool IsEcho => (Protocol, frame[Transport]) is (1, 0 or 8) or (58, 128 or 129);

    public uint Source { get => Long(Ip + 12); set => SetLong(Ip + 12, value); }
    public uint Destination { get => Long(Ip + 16); set => SetLong(Ip + 16, value); }
    public ushort SourcePort { get => Word(PortAt(0)); set => SetWord(PortAt(0), value); }
    public ushort DestinationPort { get => Word(PortAt(2)); set => SetWord(PortAt(2), value); }

    /// <summary>The packet in an Ethernet frame; null if it is none of IP.</summary>
    public static ToyPacket? Of(byte[] frame) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) switch
    {
        0x0800 => new ToyPacket(frame, 14, 14 + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(16))),
        0x86dd => new ToyPacket(frame, 14, 14 + 40 + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(18))),
        _ => null,
    };

    /// <summary>The packet that an ICMP error embeds; the captures' small ones are quoted whole.</summary>
    public ToyPacket Embedded() => new(frame, Transport + 8, end);

    /// <summary>Names the checksums that are wrong; empty when all are right.</summary>
    public string WrongChecksums()
    {
        string wrong = "";
        if (!IsV6 && Sum(Ip, Transport) != 0xffff) wrong += " IP";
        if (ChecksumAt is { } at && Word(at) != 0 && Covered() != 0xffff) wrong += $" protocol {Protocol}";
        if (Protocol == 17 && IsV6 && Word(Transport + 6) == 0) wrong += " no UDP checksum";
        if (IsIcmpError) wrong += Embedded().WrongChecksums();
        return wrong;
    }

    /// <summary>Makes the checksums right, the embedded packet's first.</summary>
    public void Finish()
    {
        if (IsIcmpError) Embedded().Finish();
        if (!IsV6)
        {
            SetWord(Ip + 10, 0);
            SetWord(Ip + 10, (ushort)~Sum(Ip, Transport));
        }

        if (ChecksumAt is not { } at || (Protocol == 17 && Word(at) == 0)) return;
        SetWord(at, 0);
        ushort checksum = (ushort)~Covered();
        SetWord(at, checksum == 0 && Protocol == 17 ? (ushort)0xffff : checksum);
    }

    private int? ChecksumAt => Protocol switch
    {
        6 => Transport + 16,
        17 => Transport + 6,
        1 or 58 => Transport + 2,
        _ => null,
    };

    private int PortAt(int offset) => IsEcho ? Transport + 4 : Transport + offset;

    private ushort Covered()
    {
        uint pseudo = Protocol == 1 ? 0u : (uint)(end - Transport) + Protocol
            + (IsV6 ? Sum(Ip + 8, Ip + 40) : Sum(Ip + 12, Ip + 20));
        return Fold(pseudo + Sum(Transport, end));
    }

    private ushort Sum(int from, int to)
    {
        uint sum = 0;
        for (int i = from; i < to; i += 2) sum += (uint)(frame[i] << 8) + (i + 1 < to ? frame[i + 1] : 0u);
        return Fold(sum);
    }

    private static ushort Fold(uint sum)
    {
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)sum;
    }

    private ushort Word(int at) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
    private void SetWord(int at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), value);
    private uint Long(int at) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(at));
    private void SetLong(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(at), value);
}
