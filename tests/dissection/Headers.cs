namespace Holdfast.Tests.Dissection;

/// <summary>The IP header of a frame, or of a packet that an ICMP error quotes, and the transport header behind it; all
/// of it read by tshark and nothing by us.</summary>
internal sealed class Headers
{
    private static readonly HashSet<string> Link = ["geninfo", "frame", "eth", "vlan", "ieee8021ad"];
    private readonly Layer _network;
    private readonly Layer? _fragment, _routing, _transport;
    private readonly Field? _next;
    private readonly long _extensionBytes;

    private Headers(List<Layer> layers, int at)
    {
        _network = layers[at];
        _next = _network.Find(Version == 4 ? "ip.proto" : "ipv6.nxt");
        for (at++; at < layers.Count && layers[at].Protocol.StartsWith("ipv6.", StringComparison.Ordinal); at++)
        {
            Extensions++;
            if (layers[at].Protocol == "ipv6.fraghdr") (_fragment, FragmentHeaders) = (layers[at], FragmentHeaders + 1);
            if (layers[at].Protocol == "ipv6.routing") _routing = layers[at];
            _next = layers[at].Find(layers[at].Protocol + ".nxt");
            _extensionBytes += layers[at].Bytes;
        }

        // ICMP of the other version is nothing that anybody answers.
        if (at == layers.Count || layers[at].Protocol is not ("tcp" or "udp")
            && layers[at].Protocol != (Version == 4 ? "icmp" : "icmpv6")) return;
        _transport = layers[at];
        if (IsError && at + 1 < layers.Count && layers[at + 1].Protocol is "ip" or "ipv6")
            Quoted = new Headers(layers, at + 1);
    }

    /// <summary>4 or 6.</summary>
    public int Version => _network.Protocol == "ip" ? 4 : 6;

    /// <summary>IPv6 extension headers.</summary>
    public int Extensions { get; }

    public int FragmentHeaders { get; }

    public Field? Source => _network.Find(Version == 4 ? "ip.src" : "ipv6.src");

    public Field? Destination => _network.Find(Version == 4 ? "ip.dst" : "ipv6.dst");

    /// <summary>tcp, udp, icmp, icmpv6; null when it is another one, or none was found.</summary>
    public string? Transport => _transport?.Protocol;

    /// <summary>The number of the transport protocol; -1 when tshark could not tell.</summary>
    public long Protocol => _next?.Number ?? -1;

    /// <summary>Whether the sender lists hops, so that the packet need not end where its destination says.</summary>
    public bool IsSourceRouted => _network.Fields.Exists(f => f is { Name: "ip.opt.type", Show: "131" or "137" })
        || _routing?.Number("ipv6.routing.type") == 0 && _routing.Number("ipv6.routing.segleft") > 0;

    /// <summary>First byte behind the IP header and its extensions; null when tshark could not tell, like what
    /// follows.</summary>
    public long? TransportAt => Version == 4
        ? Source?.At - 12 + _network.Number("ip.hdr_len")
        : Source?.At - 8 + 40 + _extensionBytes;

    /// <summary>First byte behind the packet, by its IP length.</summary>
    public long? End => Version == 4
        ? Source?.At - 12 + _network.Number("ip.len")
        : Source?.At - 8 + 40 + _network.Number("ipv6.plen");

    /// <summary>What the fragments of an IPv4 packet have in common.</summary>
    public (string?, string?, long, long?) Packet =>
        (Source?.Show, Destination?.Show, Protocol, _network.Number("ip.id"));

    public bool IsLaterFragment =>
        (_network.Number("ip.frag_offset") ?? _fragment?.Number("ipv6.fraghdr.offset") ?? 0) > 0;

    public bool IsFragment =>
        IsLaterFragment || (_network.Number("ip.flags.mf") ?? _fragment?.Number("ipv6.fraghdr.more") ?? 0) > 0;

    public Field? SourcePort => Port("srcport");

    public Field? DestinationPort => Port("dstport");

    public Field? NetworkChecksum => _network.Find("ip.checksum");

    public Field? TransportChecksum => _transport?.Find(Transport + ".checksum");

    public long Type => _transport?.Number(Transport + ".type") ?? -1;

    public long TcpFlags => _transport?.Number("tcp.flags") ?? 0;

    public bool IsRequest => (Transport, Type) is ("icmp", 8 or 13) or ("icmpv6", 128);

    public bool IsReply => (Transport, Type) is ("icmp", 0 or 14) or ("icmpv6", 129);

    public bool IsError => (Transport, Type) is ("icmp", 3 or 11 or 12) or ("icmpv6", >= 1 and <= 4);

    public bool IsNeighbourDiscovery => (Transport, Type) is ("icmpv6", >= 133 and <= 137);

    /// <summary>Whether tshark found all that a NAT has to change.</summary>
    public bool IsTranslatable => Source is not null && NetworkChecksum is not null
        && (Quoted?.IsTranslatable ?? SourcePort is not null || IsLaterFragment);

    /// <summary>The packet that an ICMP error is about.</summary>
    public Headers? Quoted { get; }

    /// <summary>The IP headers that stand right behind Ethernet and its tags; null when there are none.</summary>
    public static Headers? Outermost(List<Layer> layers)
    {
        var at = layers.FindIndex(layer => !Link.Contains(layer.Protocol));
        return at >= 0 && layers[at].Protocol is "ip" or "ipv6" ? new Headers(layers, at) : null;
    }

    /// <summary>How wrong each checksum is, those of a quotation included: what stands there less what tshark
    /// calculated, in ones' complement. 0 is right; a translation may not change any.</summary>
    public IEnumerable<(string Name, long Error)> ChecksumErrors()
    {
        foreach (var layer in (Layer?[])[_network, _transport])
        {
            if (layer?.Number(layer.Protocol + ".checksum") is { } checksum
                && layer.Number(layer.Protocol + ".checksum_calculated") is { } calculated)
                yield return (layer.Protocol, (checksum - calculated + 0xFFFF) % 0xFFFF);
        }

        foreach (var (name, error) in Quoted?.ChecksumErrors() ?? []) yield return ("quoted " + name, error);
    }

    private Field? Port(string name) => Transport switch
    {
        "icmp" => IsRequest || IsReply ? _transport!.Find("icmp.ident") : null,
        null => null,
        _ => _transport!.Find(Transport + "." + name),
    };
}
