using System.Globalization;
using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat;

/// <summary>A saved state as text, one line for each session, neighbour and parked packet, sorted.</summary>
public static class NatReport
{
    /// <exception cref="StateLayoutException">The state is another NF's, or another build's.</exception>
    public static void Write(SavedState state, TextWriter output)
    {
        foreach (var (inside, session) in state.Map<InsideEndpoint, Session>("sessions")
                     .OrderBy(s => s.Value.OutsidePort))
        {
            output.WriteLine($"session {ProtocolOf(inside.Protocol)} {AddressOf(inside.Address)}:{inside.Port}"
                             + $" {MacAddress.ToText(session.InsideMac)} outside-port {session.OutsidePort}"
                             + $" seen {TimeOf(session.Seen)}{ProgressOf(inside.Protocol, session.Progress)}");
        }

        if (!state.Has("neighbours")) return;
        foreach (var (address, neighbour) in state.Map<uint, Neighbour>("neighbours").OrderBy(n => n.Key))
        {
            var mac = neighbour.Mac == 0 ? "unknown" : MacAddress.ToText(neighbour.Mac);
            output.WriteLine($"neighbour {AddressOf(address)} {mac} confirmed {TimeOf(neighbour.Confirmed)}"
                             + $" asked {TimeOf(neighbour.Asked)} unanswered {neighbour.Asks}"
                             + (neighbour.Parked > 0 ? " a packet waits" : ""));
        }

        var conflicts = state.Array<Conflicts>("conflicts");
        output.WriteLine($"conflicts left {conflicts[0].Count} right {conflicts[1].Count}");
    }

    private static string ProtocolOf(int protocol) => protocol switch
    {
        IpProtocols.Tcp => "tcp",
        IpProtocols.Udp => "udp",
        IpProtocols.Icmp => "icmp",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };

    private static string AddressOf(uint address) =>
        $"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}";

    private static string TimeOf(long nanoseconds) => nanoseconds == 0 ? "never"
        : DateTime.UnixEpoch.AddTicks(nanoseconds / 100).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string ProgressOf(int protocol, TcpProgress progress) => protocol != IpProtocols.Tcp ? ""
        : progress.IsClosed() ? " closed"
        : progress.IsEstablished() ? " established"
        : " opening";
}
