using System.Net;

namespace Holdfast.Tests.Unit.Announcing;

/// <summary>Frames written out byte by byte, as the RFCs draw them, to be learned from and to compare with.</summary>
internal static class StationFrames
{
    public static readonly byte[] Client = [0x02, 0, 0, 0, 0, 0x0A], Server = [0x02, 0, 0, 0, 0, 0x0B],
        Broadcast = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], AllNodes = [0x33, 0x33, 0, 0, 0, 1];

    /// <summary>A frame whose payload says nothing.</summary>
    public static byte[] Plain(byte[] source, params byte[] tag) => [.. Server, .. source, .. tag, 0x88, 0xB5, .. new byte[46]];

    public static byte[] Arp(byte[] destination, byte[] source, byte operation, byte[] senderMac, string sender, byte[] targetMac, string target) =>
    [
        .. destination, .. source, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, operation, .. senderMac, .. Bytes(sender), .. targetMac,
        .. Bytes(target), .. new byte[18],
    ];

    /// <summary>A neighbour advertisement with its checksum.</summary>
    public static byte[] Advertisement(byte[] source, byte flags, string target, byte[] targetMac, byte hopLimit = 255)
    {
        byte[] message = [136, 0, 0, 0, flags, 0, 0, 0, .. Bytes(target), 2, 1, .. targetMac];
        byte[] pseudo = [.. Bytes(target), .. Bytes("ff02::1"), 0, 0, 0, 32, 0, 0, 0, 58];
        var sum = 0;
        foreach (var pair in pseudo.Concat(message).Chunk(2)) sum += pair[0] << 8 | pair[1];
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        (message[2], message[3]) = ((byte)(~sum >> 8), (byte)~sum);
        return [.. AllNodes, .. source, 0x86, 0xDD, 0x60, 0, 0, 0, 0, 32, 58, hopLimit, .. Bytes(target), .. Bytes("ff02::1"), .. message];
    }

    private static byte[] Bytes(string address) => IPAddress.Parse(address).GetAddressBytes();
}
