using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Monitor;

/// <summary>Counts packets and bytes per flow and direction, and forwards everything.</summary>
public sealed class Monitor(MonitorSettings settings) : INetworkFunction
{
    private StateArray<Traffic> _totals = null!;
    private Counter _nonIp = null!, _malformed = null!, _missed = null!;
    private FlowTable<FlowKey4> _ipv4 = null!;
    private FlowTable<FlowKey6> _ipv6 = null!;
    private Aging _aging = null!;

    public void Initialise(StateDeclaration state)
    {
        // Both directions together are one line.
        _totals = state.Array<Traffic>("totals", 2);
        _nonIp = state.Counter("nonIp");
        _malformed = state.Counter("malformed");
        _missed = state.Counter("missed");
        _aging = new Aging(state, "lastSearch", settings.IdleTimeout);
        _ipv4 = new(state.Map<FlowKey4, Flow>("ipv4", settings.IPv4Flows), _aging, settings.IdleTimeout);
        _ipv6 = new(state.Map<FlowKey6, Flow>("ipv6", settings.IPv6Flows), _aging, settings.IdleTimeout);
    }

    public void Process(Batch batch)
    {
        var bytes = 0UL;
        foreach (var packet in batch)
        {
            bytes += (ulong)packet.Length;
            Count(packet);
            batch.Forward(packet);
        }

        ref var total = ref _totals.Modify((int)batch.Direction);
        total.Packets += (ulong)batch.Count;
        total.Bytes += bytes;
    }

    public void Tick(long time)
    {
        if (!_aging.IsSearchDue(time)) return;
        _ipv4.RemoveIdle(time);
        _ipv6.RemoveIdle(time);
    }

    private void Count(in Packet packet)
    {
        if (!PacketHeaders.TryParse(packet.Bytes, out var headers))
        {
            _malformed.Add(1);
            return;
        }

        if (headers.IpVersion == 0)
        {
            _nonIp.Add(1);
            return;
        }

        var counted = headers.IpVersion == 4
            ? _ipv4.TryCount(new FlowKey4(headers, packet.FromLeft), packet)
            : _ipv6.TryCount(new FlowKey6(headers, packet.FromLeft), packet);
        if (!counted) _missed.Add(1);
    }
}
