using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Chains.Firewall;

/// <summary>A block of addresses of one IP version (RFC 4632, RFC 4291); the default value holds every address of
/// both.</summary>
public readonly record struct Cidr
{
    private readonly UInt128 _network, _mask;
    private readonly byte _ipVersion;

    private Cidr(byte ipVersion, UInt128 network, UInt128 mask) =>
        (_ipVersion, _network, _mask) = (ipVersion, network, mask);

    /// <summary>4, 6, or 0 for both.</summary>
    public byte IpVersion => _ipVersion;

    /// <summary>Reads "10.0.0.0/8", "2001:db8::/32", or one address without a length. Bits behind the prefix must be 0,
    /// as anything else is more likely a slip than meant.</summary>
    public static bool TryParse(string text, out Cidr cidr)
    {
        cidr = default;
        var slash = text.IndexOf('/');
        var address = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(address, out var parsed) || address.Contains('%')) return false;
        var isIPv4 = parsed.AddressFamily == AddressFamily.InterNetwork;
        // The parser also takes "10.1" and "0x0a.0.0.1", which few people read the way it does.
        if (isIPv4 && parsed.ToString() != address) return false;

        var bits = isIPv4 ? 32 : 128;
        var length = bits;
        if (slash >= 0
            && !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length))
            return false;
        if (length > bits) return false;

        // Shifting by all 128 bits would shift by none.
        var hostBits = bits - length;
        var host = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        var bytes = parsed.GetAddressBytes();
        var network = isIPv4
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : BinaryPrimitives.ReadUInt128BigEndian(bytes);
        if ((network & host) != 0) return false;
        cidr = new Cidr(isIPv4 ? (byte)4 : (byte)6, network, ~host);
        return true;
    }

    /// <summary>Whether an address of a packet of this IP version is in the block.</summary>
    public bool Contains(byte ipVersion, UInt128 address) =>
        _ipVersion == 0 || _ipVersion == ipVersion && (address & _mask) == _network;
}
