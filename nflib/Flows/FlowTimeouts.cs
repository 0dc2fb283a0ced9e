using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.NfLib.Flows;

/// <summary>How long a flow may be idle before it is forgotten, at least.</summary>
public sealed record FlowTimeouts
{
    /// <summary>A TCP connection that both sides have taken up: 2 h 4 min (RFC 5382 REQ-5).</summary>
    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromSeconds(7440);

    /// <summary>A TCP connection that is being opened, or is closed: 4 min (RFC 5382 REQ-5).</summary>
    public TimeSpan TcpTransitory { get; init; } = TimeSpan.FromSeconds(240);

    /// <summary>UDP and others: 2 min, the least that RFC 4787 REQ-5 allows, as tables are small.</summary>
    public TimeSpan Udp { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>ICMP queries: 60 s (RFC 5508 REQ-2).</summary>
    public TimeSpan Icmp { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan Shortest => new[] { TcpEstablished, TcpTransitory, Udp, Icmp }.Min();

    /// <summary>Takes the keys tcpEstablished, tcpTransitory, udp and icmp, all in seconds.</summary>
    /// <exception cref="NfSettingsException">A value is bad.</exception>
    public static FlowTimeouts Take(NfSettings settings)
    {
        var defaults = new FlowTimeouts();
        return new FlowTimeouts
        {
            TcpEstablished = settings.TakeSeconds("tcpEstablished", defaults.TcpEstablished),
            TcpTransitory = settings.TakeSeconds("tcpTransitory", defaults.TcpTransitory),
            Udp = settings.TakeSeconds("udp", defaults.Udp),
            Icmp = settings.TakeSeconds("icmp", defaults.Icmp),
        };
    }

    /// <summary>The time-out of a flow.</summary>
    public TimeSpan Of(uint protocol, TcpProgress progress) => protocol switch
    {
        IpProtocols.Tcp => progress.IsEstablished() ? TcpEstablished : TcpTransitory,
        IpProtocols.Icmp or IpProtocols.Icmp6 => Icmp,
        _ => Udp,
    };
}
