using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Where a node is reached: <c>IPv4:port</c>, <c>[IPv6]:port</c> or <c>host:port</c>.</summary>
/// <param name="Host">The address without brackets, or the host name.</param>
/// <param name="Port">TCP port, 1 to 65535.</param>
public sealed record NodeAddress(string Host, int Port)
{
    /// <summary>Parses an address; null when the text is none.</summary>
    public static NodeAddress? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535) return null;
        var host = text[..colon];
        if (host is ['[', .. var inner, ']'])
            return inner.Contains(':') && IPAddress.TryParse(inner, out var six)
                && six.AddressFamily == AddressFamily.InterNetworkV6 ? new NodeAddress(inner, port) : null;
        return IsIPv4(host) || IsHostName(host) ? new NodeAddress(host, port) : null;
    }

    /// <summary>An IP end point, or a DNS one that has yet to be resolved.</summary>
    public EndPoint ToEndPoint() =>
        IPAddress.TryParse(Host, out var address) ? new IPEndPoint(address, Port) : new DnsEndPoint(Host, Port);

    /// <summary>The IP end point; a name is looked up now.</summary>
    /// <exception cref="IOException">The name is not known.</exception>
    public IPEndPoint Resolve()
    {
        if (IPAddress.TryParse(Host, out var address)) return new IPEndPoint(address, Port);
        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(Host)[0], Port);
        }
        catch (SocketException error)
        {
            throw new IOException($"{this}: {error.Message}; use an address, or add the name to /etc/hosts", error);
        }
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Four decimal numbers; the platform's parser would also take octal and single numbers.</summary>
    private static bool IsIPv4(string host) =>
        host.Split('.') is { Length: 4 } parts
        && parts.All(p => byte.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
            && p == b.ToString());

    private static bool IsHostName(string host) =>
        host.Length <= 253 && host.Split('.').All(label =>
            label.Length is >= 1 and <= 63 && label[0] != '-' && label[^1] != '-'
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        // What ends in a number is a mistyped address, not a name.
        && !host[(host.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit);
}
