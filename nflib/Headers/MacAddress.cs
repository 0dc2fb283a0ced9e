using System.Buffers.Binary;
using System.Globalization;

namespace Holdfast.NfLib.Headers;

/// <summary>Ethernet addresses, as 48-bit numbers, and their places in a frame.</summary>
public static class MacAddress
{
    public const ulong Broadcast = 0xFFFF_FFFF_FFFF;

    private const ulong GroupBit = 0x0100_0000_0000;

    /// <summary>Whether it names one station: neither a group nor nobody.</summary>
    public static bool IsUnicast(ulong address) => address != 0 && (address & GroupBit) == 0;

    /// <summary>The 48-bit number in the first 6 bytes.</summary>
    public static ulong Read(ReadOnlySpan<byte> bytes) =>
        (ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);

    /// <summary>Writes it as 6 bytes.</summary>
    public static void Write(Span<byte> bytes, ulong address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(address >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)address);
    }

    /// <summary>Whom a frame is for. It must have at least 6 bytes.</summary>
    public static ulong DestinationOf(ReadOnlySpan<byte> frame) => Read(frame);

    /// <summary>Who sent a frame. It must have at least 12 bytes.</summary>
    public static ulong SourceOf(ReadOnlySpan<byte> frame) => Read(frame[6..]);

    /// <summary>Sets the two addresses at the start of a frame.</summary>
    public static void Address(Span<byte> frame, ulong destination, ulong source)
    {
        Write(frame, destination);
        Write(frame[6..], source);
    }

    /// <summary>Reads six pairs of hexadecimal digits with colons between, such as 02:00:5e:10:00:01.</summary>
    public static bool TryParse(string text, out ulong address)
    {
        address = 0;
        var parts = text.Split(':');
        if (parts.Length != 6) return false;
        foreach (var part in parts)
        {
            if (part.Length != 2
                || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                return false;
            address = address << 8 | value;
        }

        return true;
    }

    /// <summary>The address as <see cref="TryParse"/> reads it.</summary>
    public static string ToText(ulong address) =>
        string.Join(':', Enumerable.Range(0, 6).Select(i => $"{(byte)(address >> (40 - 8 * i)):x2}"));
}
