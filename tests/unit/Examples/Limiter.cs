using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Limiter;

/// <summary>Lets each IPv4 host on the left send so many packets a second. What comes from the right passes.</summary>
public sealed class Limiter(LimiterSettings settings) : INetworkFunction
{
    private const long Second = 1_000_000_000;

    private Map<uint, Window> _hosts = null!;
    private Counter _missed = null!;

    public void Initialise(StateDeclaration state)
    {
        _hosts = state.Map<uint, Window>("hosts", settings.Hosts);
        _missed = state.Counter("missed");
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            if (MayPass(packet)) batch.Forward(packet);
            else batch.Drop(packet, DropReason.Policy);
        }
    }

    public void Tick(long time)
    {
        foreach (var slot in _hosts)
        {
            if (time - _hosts[slot].Began >= Second) _hosts.Remove(slot);
        }
    }

    private bool MayPass(in Packet packet)
    {
        if (!packet.FromLeft) return true;
        if (!PacketHeaders.TryParse(packet.Bytes, out var headers) || headers.IpVersion != 4) return true;
        var slot = _hosts.FindOrAdd((uint)headers.Source);
        if (slot.IsNone)
        {
            _missed.Add(1); // the table is full: rather too many packets than a host cut off for nothing
            return true;
        }

        ref var window = ref _hosts.Modify(slot);
        if (packet.Time - window.Began >= Second) window = new Window { Began = packet.Time };
        return ++window.Packets <= settings.PacketsPerSecond;
    }

    private struct Window
    {
        public long Began;
        public long Packets;
    }
}
