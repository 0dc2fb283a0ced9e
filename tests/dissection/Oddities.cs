using Holdfast.NfLib.Functions;

namespace Holdfast.Tests.Dissection;

/// <summary>What the READMEs of the NFs call malformed, told from tshark's view alone.</summary>
internal static class Oddities
{
    private const int MaxTags = 2, MaxExtensions = 8, QuotedTransportBytes = 8;
    private const long Icmp = 1, Tcp = 6, Udp = 17, Icmp6 = 58;

    /// <summary>Whether a frame may be dropped as <see cref="DropReason.Malformed"/>: tshark complains about it too, or
    /// it is one of the legal things that the READMEs refuse.</summary>
    public static bool MayBeMalformed(DissectedFrame dissected)
    {
        if (dissected.Complaints.Any(complaint => complaint.IsAboutHeaders)) return true;
        if (dissected.Layers.Count(layer => layer.Protocol is "vlan" or "ieee8021ad") > MaxTags) return true;
        if (dissected.Headers is not { End: { } end } headers) return false;
        if (headers.Extensions > MaxExtensions || headers.FragmentHeaders > 1) return true;
        if (headers.IsLaterFragment) return false;
        return end - headers.TransportAt < ShortestTransport(dissected, headers) || HasBadQuotation(headers);
    }

    /// <summary>Whether a frame may be dropped for listing hops of its own, also if it does it wrongly.</summary>
    public static bool MayBeSourceRouted(DissectedFrame dissected) => dissected.Headers is { IsSourceRouted: true }
        || dissected.Complaints.Exists(complaint => complaint.What.Contains("Source Route", StringComparison.Ordinal));

    /// <summary>Also of a first fragment: a header that goes on in the next one is not read.</summary>
    private static long ShortestTransport(DissectedFrame dissected, Headers headers) => headers.Protocol switch
    {
        Tcp => dissected.Layers.Find(layer => layer.Protocol == "tcp")?.Number("tcp.hdr_len") ?? 20,
        Udp or Icmp or Icmp6 => 8,
        _ => 0,
    };

    /// <summary>An error that does not quote an IP packet with the bytes that name its flow (RFC 792).</summary>
    private static bool HasBadQuotation(Headers headers) => headers.IsError
        && (headers.Quoted is not { End: { } end } quoted || quoted.Version != headers.Version
            || Math.Min(headers.End!.Value, end) - quoted.TransportAt < QuotedTransportBytes);
}
