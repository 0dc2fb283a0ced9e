using System.Net;
using Holdfast.NfLib.Pcap;

namespace Holdfast.Generator.Capture;

/// <summary>
/// A capture sorted into flows that a client opened: TCP, UDP and ICMP echo over IPv4 and IPv6, with the
/// ICMP errors that belong to them. Everything else (ARP, neighbour discovery, multicast, fragments,
/// connections whose start was not captured) is counted and left out.
/// </summary>
public sealed class CapturedFlows
{
    /// <summary>How many frames a flow may have; step numbers hold 16 bits.</summary>
    internal const int LongestFlow = 1 << 16;

    private const byte TcpSynAck = 0x12, TcpSyn = 0x02;

    private readonly List<CapturedFlow> flows = [];
    private readonly Dictionary<(FlowKey Key, ushort VlanId), CapturedFlow> byKey = [];
    private readonly HashSet<(bool IsV6, UInt128 Address)> clients = [];

    private CapturedFlows(IEnumerable<IPAddress> clients)
    {
        foreach (var client in clients)
        {
            byte[] bytes = client.GetAddressBytes();
            this.clients.Add((bytes.Length == 16, IpAddressBits.Of(client)));
        }
    }

    /// <summary>The number of flows.</summary>
    public int Count => flows.Count;

    /// <summary>The number of frames in the capture.</summary>
    public int Frames { get; private set; }

    /// <summary>The number of frames that belong to no flow.</summary>
    public int Skipped { get; private set; }

    /// <summary>The length in bytes of the longest frame in a flow.</summary>
    public int LongestFrame { get; private set; }

    internal IReadOnlyList<CapturedFlow> Flows => flows;

    /// <summary>Reads a capture.</summary>
    /// <param name="path">A classic pcap file of whole Ethernet frames.</param>
    /// <param name="clients">The clients' addresses; whoever talks to one of them is a server.</param>
    /// <exception cref="PcapFormatException">The file is damaged or of another format.</exception>
    /// <exception cref="InvalidDataException">Frames are sliced, a flow is too long, or there is no flow.</exception>
    public static CapturedFlows Load(string path, params IReadOnlyCollection<IPAddress> clients)
    {
        var result = new CapturedFlows(clients);
        using var reader = PcapReader.Open(path);
        while (reader.TryRead(out var record))
        {
            result.Frames++;
            if (record.OriginalLength != record.Data.Length)
            {
                throw new InvalidDataException(
                    $"{path}: frame {result.Frames} holds {record.Data.Length} of {record.OriginalLength} bytes; "
                    + "capture whole frames (tcpdump -s 0)");
            }

            if (!result.TryAdd(record.Data)) result.Skipped++;
        }

        if (result.Count == 0)
        {
            throw new InvalidDataException(
                $"{path}: none of {result.Frames} frames belongs to a connection opened by "
                + $"{string.Join(" or ", clients)}; name the clients' addresses");
        }

        foreach (var flow in result.flows)
        {
            if (flow.Steps.Count <= LongestFlow) continue;
            throw new InvalidDataException(
                $"{path}: a flow has {flow.Steps.Count} frames, more than {LongestFlow}; use a shorter capture");
        }

        return result;
    }

    private bool TryAdd(ReadOnlySpan<byte> frame)
    {
        if (!FrameLayout.TryParse(frame, out var layout) || IsToGroup(frame)) return false;

        var packet = layout.Outer;
        bool fromClient = clients.Contains((packet.IsV6, IpAddressBits.Read(frame, packet.Source, packet.IsV6)));
        bool toClient = clients.Contains((packet.IsV6, IpAddressBits.Read(frame, packet.Destination, packet.IsV6)));
        if (fromClient == toClient) return false;

        var key = FlowKey.Of(frame, layout, fromClient);
        if (!clients.Contains((key.IsV6, key.Client))) return false;
        if (!byKey.TryGetValue((key, layout.VlanId), out var flow))
        {
            // A NAT has no way for what the server starts, and a firewall none for the rest of a connection.
            if (!fromClient || !Opens(frame, packet)) return false;
            flow = new CapturedFlow { Key = key };
            byKey.Add((key, layout.VlanId), flow);
            flows.Add(flow);
        }

        flow.Steps.Add(new CapturedStep(fromClient, frame.ToArray(), layout));
        LongestFrame = Math.Max(LongestFrame, frame.Length);
        return true;
    }

    private static bool IsToGroup(ReadOnlySpan<byte> frame) => (frame[0] & 1) != 0;

    private static bool Opens(ReadOnlySpan<byte> frame, in PacketLayout packet) => packet.Kind switch
    {
        PacketKind.Tcp => (frame[packet.Transport + 13] & TcpSynAck) == TcpSyn,
        PacketKind.Udp => true,
        PacketKind.Echo => frame[packet.Transport] is 8 or 128,
        _ => false,
    };
}
