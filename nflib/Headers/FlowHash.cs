namespace Holdfast.NfLib.Headers;

/// <summary>
/// The Toeplitz hash that network cards spread flows by ("Receive-Side Scaling", Microsoft), with the key whose 16 bits
/// repeat, so that both directions of a connection have one hash (Woo and Park, "Scalable TCP Session Monitoring with
/// Symmetric Receive-side Scaling", 2012). With such a key a word counts the same wherever it stands, so that hashing is
/// adding all words up, without carry, and looking at the sum.
/// </summary>
public static class FlowHash
{
    /// <summary>The key's first 16 bits, which repeat; native/shim gives cards the same.</summary>
    public const ushort Key = 0x6D5A;

    /// <summary>Over the addresses of an IP packet, and the ports of TCP and UDP unless it is a fragment; 0 for other frames.</summary>
    /// <param name="frame">From the Ethernet header on.</param>
    public static uint Of(ReadOnlySpan<byte> frame) => PacketHeaders.TryParse(frame, out var headers) ? Of(headers) : 0;

    /// <summary>The same, where the headers have been read already.</summary>
    public static uint Of(in PacketHeaders headers)
    {
        if (headers.IpVersion == 0) return 0;
        var words = Fold(headers.Source) ^ Fold(headers.Destination);
        if (headers.Protocol is IpProtocols.Tcp or IpProtocols.Udp && headers is { HasPorts: true, IsFragment: false })
            words ^= (ushort)(headers.SourcePort ^ headers.DestinationPort);
        return OfWord((ushort)words);
    }

    private static int Fold(UInt128 address)
    {
        var half = (ulong)(address >> 64) ^ (ulong)address;
        var quarter = (uint)(half >> 32) ^ (uint)half;
        return (ushort)((quarter >> 16) ^ quarter);
    }

    /// <summary>Each bit that is set adds the 32 bits of the key that begin at its place.</summary>
    private static uint OfWord(ushort word)
    {
        const ulong Repeated = ((ulong)Key << 32) | ((uint)Key << 16) | Key;
        uint hash = 0;
        for (var bit = 0; bit < 16; bit++)
        {
            if ((word & (0x8000 >> bit)) != 0) hash ^= (uint)(Repeated >> (16 - bit));
        }

        return hash;
    }
}
