using System.Buffers.Binary;
using System.Net;
using Holdfast.NfLib.Headers;

namespace Holdfast.Tests.Unit.Headers;

/// <summary>A frame to be built, field by field and with all checksums computed the long way, so that nothing that is
/// tested takes part.</summary>
public sealed record TestFrame
{
    public ulong DestinationMac { get; init; } = 0x0200_0000_00EE;

    public ulong SourceMac { get; init; } = 0x0200_0000_0001;

    /// <summary>IPv4's time to live.</summary>
    public byte Ttl { get; init; } = 63;

    public ushort[] VlanTypes { get; init; } = [];

    public string Source { get; init; } = "10.0.0.1";

    public string Destination { get; init; } = "198.51.100.7";

    public byte Protocol { get; init; } = IpProtocols.Udp;

    public ushort SourcePort { get; init; } = 1000;

    public ushort DestinationPort { get; init; } = 53;

    public TcpFlags TcpFlags { get; init; } = TcpFlags.Ack;

    public byte IcmpType { get; init; } = 8;

    public byte IcmpCode { get; init; }

    public ushort Identifier { get; init; } = 77;

    public byte[] Payload { get; init; } = [1, 2, 3, 4, 5];

    /// <summary>IPv4 options; a multiple of 4 bytes.</summary>
    public byte[] Options { get; init; } = [];

    /// <summary>IPv4's flags and fragment offset as they stand in the header.</summary>
    public ushort Fragment { get; init; }

    /// <summary>IPv6 extension headers: type and bytes, the first of which is overwritten by the next type.</summary>
    public (byte Type, byte[] Bytes)[] Extensions { get; init; } = [];

    /// <summary>Bytes behind the IP packet.</summary>
    public int Padding { get; init; }

    public bool NoUdpChecksum { get; init; }

    private bool IsIPv6 => Source.Contains(':', StringComparison.Ordinal);

    public static TestFrame Tcp(TcpFlags flags) => new() { Protocol = IpProtocols.Tcp, TcpFlags = flags };

    public static TestFrame Echo(byte type = 8) => new() { Protocol = IpProtocols.Icmp, IcmpType = type };

    public static TestFrame Echo6(byte type = 128) =>
        new() { Source = "2001:db8::1", Destination = "2001:db8::2", Protocol = IpProtocols.Icmp6, IcmpType = type };

    /// <summary>An ICMP error about a frame, quoting so many bytes of its IP packet.</summary>
    public static TestFrame Error(byte[] about, string source, string destination, byte type = 3, byte code = 3,
        int quoted = int.MaxValue)
    {
        var packet = about.AsSpan(about[12] == 0x81 || about[12] == 0x88 ? 18 : 14);
        return new TestFrame
        {
            Source = source,
            Destination = destination,
            Protocol = source.Contains(':', StringComparison.Ordinal) ? IpProtocols.Icmp6 : IpProtocols.Icmp,
            IcmpType = type,
            IcmpCode = code,
            Identifier = 0,
            Payload = packet[..Math.Min(quoted, packet.Length)].ToArray(),
        };
    }

    public byte[] Build()
    {
        var transport = Transport();
        var network = IsIPv6 ? IPv6(transport) : IPv4(transport);
        var frame = new List<byte>();
        frame.AddRange(BigEndian(DestinationMac, 6));
        frame.AddRange(BigEndian(SourceMac, 6));
        foreach (var type in VlanTypes) frame.AddRange([.. BigEndian(type, 2), 0x00, 0x2A]);
        frame.AddRange(BigEndian(IsIPv6 ? EtherTypes.IPv6 : EtherTypes.IPv4, 2));
        frame.AddRange(network);
        frame.AddRange(new byte[Padding]);
        return [.. frame];
    }

    public override string ToString() =>
        $"protocol {Protocol}, {VlanTypes.Length} tags, {Options.Length} bytes of options"
        + (NoUdpChecksum ? ", no checksum" : "");

    private static byte[] BigEndian(ulong value, int bytes)
    {
        var all = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(all, value);
        return all[^bytes..];
    }

    private static byte[] Address(string text) => IPAddress.Parse(text).GetAddressBytes();

    private byte[] IPv4(byte[] transport)
    {
        byte[] header =
        [
            (byte)(0x45 + Options.Length / 4), 0, .. BigEndian((ulong)(20 + Options.Length + transport.Length), 2),
            0x12, 0x34, .. BigEndian(Fragment, 2), Ttl, Protocol, 0, 0, .. Address(Source), .. Address(Destination),
            .. Options,
        ];
        LongChecksum.Of(header).CopyTo(header, 10);
        return [.. header, .. transport];
    }

    private byte[] IPv6(byte[] transport)
    {
        var rest = new List<byte>();
        for (var i = 0; i < Extensions.Length; i++)
        {
            byte[] extension = [.. Extensions[i].Bytes];
            extension[0] = i + 1 < Extensions.Length ? Extensions[i + 1].Type : Protocol;
            rest.AddRange(extension);
        }

        rest.AddRange(transport);
        return
        [
            0x60, 0, 0, 0, .. BigEndian((ulong)rest.Count, 2),
            Extensions.Length > 0 ? Extensions[0].Type : Protocol, 63,
            .. Address(Source), .. Address(Destination), .. rest,
        ];
    }

    private byte[] Transport()
    {
        byte[] ports = [.. BigEndian(SourcePort, 2), .. BigEndian(DestinationPort, 2)];
        byte[] bytes = Protocol switch
        {
            IpProtocols.Tcp => [.. ports, 0, 0, 0, 9, 0, 0, 0, 8, 0x50, (byte)TcpFlags, 4, 0, 0, 0, 0, 0, .. Payload],
            IpProtocols.Udp => [.. ports, .. BigEndian((ulong)(8 + Payload.Length), 2), 0, 0, .. Payload],
            IpProtocols.Icmp or IpProtocols.Icmp6 =>
                [IcmpType, IcmpCode, 0, 0, .. BigEndian(Identifier, 2), 0, 1, .. Payload],
            _ => Payload,
        };
        var covered = Protocol == IpProtocols.Icmp ? bytes : [.. PseudoHeader(bytes.Length), .. bytes];
        switch (Protocol)
        {
            case IpProtocols.Tcp:
                LongChecksum.Of(covered).CopyTo(bytes, 16);
                break;
            case IpProtocols.Udp when !NoUdpChecksum:
                var checksum = LongChecksum.Of(covered);
                (checksum is [0, 0] ? [0xFF, 0xFF] : checksum).CopyTo(bytes, 6);
                break;
            case IpProtocols.Icmp or IpProtocols.Icmp6:
                LongChecksum.Of(covered).CopyTo(bytes, 2);
                break;
        }

        return bytes;
    }

    private byte[] PseudoHeader(int length) =>
        [.. Address(Source), .. Address(Destination), .. BigEndian((ulong)length, 4), 0, 0, 0, Protocol];
}
