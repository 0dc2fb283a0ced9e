using System.Globalization;

namespace Holdfast.Tests.Dissection;

/// <summary>One field of a header as tshark found it.</summary>
/// <param name="Name">tshark's name of it, such as <c>ip.src</c>.</param>
/// <param name="At">Where it begins, in bytes from the start of the frame.</param>
/// <param name="Bytes">How long it is; 0 for what tshark only concluded.</param>
/// <param name="Show">Its value, as tshark writes it.</param>
internal sealed record Field(string Name, int At, int Bytes, string Show)
{
    /// <summary>The value as a number, also one that is written as 0x….</summary>
    public long Number => Show.StartsWith("0x", StringComparison.Ordinal)
        ? long.Parse(Show.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : long.Parse(Show, CultureInfo.InvariantCulture);
}

/// <summary>One protocol's part of a frame.</summary>
/// <param name="Bytes">Its length; of IPv6 with extension headers.</param>
internal sealed record Layer(string Protocol, int Bytes, List<Field> Fields)
{
    public Field? Find(string name) => Fields.Find(field => field.Name == name);

    public long? Number(string name) => Find(name)?.Number;
}

/// <summary>Something wrong with a frame.</summary>
/// <param name="Protocol">Whose part of the frame it is.</param>
/// <param name="What">In tshark's words, without numbers, since a translation changes them.</param>
internal readonly record struct Complaint(string Protocol, string What)
{
    /// <summary>Whether it is about headers that the NFs read.</summary>
    public bool IsAboutHeaders =>
        Protocol is "frame" or "eth" or "vlan" or "ieee8021ad" or "ip" or "tcp" or "udp" or "icmp" or "icmpv6"
        || Protocol.StartsWith("ipv6", StringComparison.Ordinal);
}

/// <summary>What tshark says about one frame.</summary>
/// <param name="Layers">From the outside in.</param>
/// <param name="Complaints">Malformed parts, bad checksums, and whatever else tshark warns of or calls an error in
/// headers. What it thinks of payloads depends on ports, by which it guesses what they are.</param>
internal sealed record DissectedFrame(List<Layer> Layers, List<Complaint> Complaints)
{
    // Lazy, since the layers are read after the frame is begun.
    private readonly Lazy<Headers?> _headers = new(() => Dissection.Headers.Outermost(Layers));

    /// <summary>The IP headers of the frame; null when it is not IP.</summary>
    public Headers? Headers => _headers.Value;
}
