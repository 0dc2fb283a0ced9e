using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>An address of this router and the prefix of the segment that it is on, such as 192.0.2.1/24.</summary>
public readonly record struct InterfaceAddress(uint Address, int PrefixLength)
{
    /// <summary>Some other address of the segment that a host can have.</summary>
    public uint AnotherHost => IsHost(Address ^ 1) ? Address ^ 1 : Address ^ 3;

    private uint Mask => uint.MaxValue << (32 - PrefixLength);

    /// <summary>Whether an address is on the same segment.</summary>
    public bool Contains(uint address) => ((address ^ Address) & Mask) == 0;

    /// <summary>Whether an address names one host of the segment: neither the segment nor all of its hosts. (A segment
    /// of two addresses has no such names, RFC 3021.)</summary>
    public bool IsHost(uint address) => Contains(address)
        && (PrefixLength == 31 || (address & ~Mask) != 0 && (address & ~Mask) != ~Mask);

    /// <summary>Whether some address is on both segments.</summary>
    public bool Overlaps(in InterfaceAddress other) => Contains(other.Address) || other.Contains(Address);

    /// <summary>Reads an IPv4 address and a prefix length from 1 to 31. It must be one that a host can have.</summary>
    public static bool TryParse(string text, out InterfaceAddress parsed)
    {
        parsed = default;
        if (text.Split('/') is not [var address, var prefix] || !TryParseHost(address, out var number)
            || !int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length is < 1 or > 31)
            return false;
        parsed = new InterfaceAddress(number, length);
        return parsed.IsHost(number);
    }

    /// <summary>Reads an IPv4 address that a host can have.</summary>
    public static bool TryParseHost(string text, out uint address)
    {
        address = 0;
        if (!IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetwork
            // The parser also takes "10.1", which few people read the way it does.
            || parsed.ToString() != text)
            return false;
        address = BinaryPrimitives.ReadUInt32BigEndian(parsed.GetAddressBytes());
        // Neither "this network", nor loopback, nor multicast and what lies behind it.
        return address >> 24 is not (0 or 127 or >= 224);
    }
}
