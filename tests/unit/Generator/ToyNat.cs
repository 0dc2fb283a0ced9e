namespace Holdfast.Tests.Unit.Generator;

/// <summary>A source NAT for IPv4 that passes IPv6 on; what it finds no session for, it drops.</summary>
internal sealed class ToyNat
{
    private const uint Outside = 0xcb007105;    // 203.0.113.5
    private static readonly byte[] outsideMac = [2, 0, 0, 0, 0, 0xfe];

    private readonly Dictionary<(byte Protocol, uint Address, ushort Port), ushort> outs = [];
    private readonly Dictionary<(byte Protocol, ushort Port), (uint Address, ushort Port)> ins = [];
    private ushort lastPort = 20_000;

    public int Dropped { get; private set; }

    /// <summary>Loses all sessions; new ones get other ports.</summary>
    public void Forget()
    {
        outs.Clear();
        ins.Clear();
    }

    /// <summary>Gives the frame as it comes out at the other side, or null.</summary>
    public byte[]? Cross(ReadOnlySpan<byte> incoming, bool fromLeft)
    {
        byte[] frame = incoming.ToArray();
        var packet = ToyPacket.Of(frame)!;
        if (!fromLeft && !frame.AsSpan(0, 6).SequenceEqual(outsideMac)) return Drop();
        if (!packet.IsV6 && !(fromLeft ? TryOut(packet) : TryIn(packet))) return Drop();

        if (fromLeft) outsideMac.CopyTo(frame, 6);
        packet.Finish();
        return frame;
    }

    private bool TryOut(ToyPacket packet)
    {
        if (packet.IsIcmpError) return false;

        var inside = (packet.Protocol, packet.Source, packet.SourcePort);
        if (!outs.TryGetValue(inside, out ushort port))
        {
            port = ++lastPort;
            outs.Add(inside, port);
            ins.Add((packet.Protocol, port), (packet.Source, packet.SourcePort));
        }

        packet.Source = Outside;
        packet.SourcePort = port;
        return true;
    }

    private bool TryIn(ToyPacket packet)
    {
        if (packet.Destination != Outside) return false;

        (uint Address, ushort Port) inside;
        if (packet.IsIcmpError)
        {
            var embedded = packet.Embedded();
            if (embedded.Source != Outside) return false;
            if (!ins.TryGetValue((embedded.Protocol, embedded.SourcePort), out inside)) return false;
            embedded.Source = inside.Address;
            embedded.SourcePort = inside.Port;
        }
        else
        {
            if (!ins.TryGetValue((packet.Protocol, packet.DestinationPort), out inside)) return false;
            packet.DestinationPort = inside.Port;
        }

        packet.Destination = inside.Address;
        return true;
    }

    private byte[]? Drop()
    {
        Dropped++;
        return null;
    }
}
