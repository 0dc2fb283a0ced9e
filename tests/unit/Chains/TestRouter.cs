using System.Buffers.Binary;
using System.Net;
using Holdfast.Chains.Nat;
using Holdfast.Chains.Nat.Routing;
using Holdfast.Tests.Unit.Headers;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>A NAT between 10.0.1.0/24 and 192.0.2.0/24, and the hosts around it. ARP frames are built byte by byte, so
/// that nothing that is tested takes part.</summary>
internal static class TestRouter
{
    public const ulong Virtual = 0x0248_C000_0201, Gateway = 0x0200_0000_FE00, Host = 0x0200_0000_0A01,
        Everybody = 0xFFFF_FFFF_FFFF;

    public const string Outside = "192.0.2.1", Inside = "10.0.1.1", NextHop = "192.0.2.254", HostAddress = "10.0.1.10";

    public static readonly NatSettings Settings = new()
    {
        Outside = IPAddress.Parse(Outside),
        Routing = new RoutingSettings
        {
            Outside = new InterfaceAddress(0xC000_0201, 24),
            Inside = new InterfaceAddress(0x0A00_0101, 24),
            NextHop = 0xC000_02FE,
            VirtualMac = Virtual,
        },
    };

    public static NfRun Run() => new(new Nat(Settings));

    /// <summary>A router that knows its next hop, and whose session 20,000 is that of <see cref="FromHost"/>.</summary>
    public static NfRun Warm(double at = 0)
    {
        var run = Run();
        run.FromLeft(FromHost(), at);
        run.FromRight(Reply(Gateway, NextHop), at);
        return run;
    }

    /// <summary>A packet of an inside host to somewhere far.</summary>
    public static TestFrame FromHost() => new()
    {
        SourceMac = Host, DestinationMac = Virtual, Source = HostAddress,
    };

    /// <summary>A packet from far to session 20,000.</summary>
    public static TestFrame FromFar() => new()
    {
        SourceMac = Gateway, DestinationMac = Virtual, Source = "198.51.100.7", Destination = Outside,
        SourcePort = 53, DestinationPort = 20_000,
    };

    /// <summary><see cref="FromHost"/> as it leaves for the next hop.</summary>
    public static TestFrame Translated(TestFrame frame, ushort port = 20_000) => frame with
    {
        SourceMac = Virtual,
        DestinationMac = Gateway,
        Source = Outside,
        SourcePort = port,
        Identifier = port,
        Ttl = (byte)(frame.Ttl - 1),
    };

    public static byte[] Request(ulong senderMac, string sender, string target, ulong destination = Everybody) =>
        Arp(1, destination, senderMac, senderMac, sender, 0, target);

    public static byte[] Reply(ulong senderMac, string sender, string target = Outside, ulong targetMac = Virtual) =>
        Arp(2, targetMac, senderMac, senderMac, sender, targetMac, target);

    public static byte[] Arp(ushort operation, ulong destination, ulong source, ulong senderMac, string sender,
        ulong targetMac, string target) =>
    [
        .. Mac(destination), .. Mac(source), 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, (byte)operation,
        .. Mac(senderMac), .. IPAddress.Parse(sender).GetAddressBytes(),
        .. Mac(targetMac), .. IPAddress.Parse(target).GetAddressBytes(), .. new byte[18],
    ];

    private static byte[] Mac(ulong number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes[2..];
    }
}
