using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>Makes packets that can't go on into ICMP errors to their senders, not too many (RFC 1812 4.3.2.8).</summary>
internal sealed class ErrorReports(StateDeclaration state, RoutingSettings settings)
{
    /// <summary>Time between two errors in the long run, in nanoseconds: 100 a second.</summary>
    private const long Interval = 10_000_000;

    /// <summary>Errors at once after a quiet time.</summary>
    private const int Burst = 20;

    // When the bucket will be full again: every error moves it by one interval.
    private readonly Counter _fullAt = state.Counter("errorsFullAt");

    /// <summary>The packet becomes the error and goes back; or it is dropped for the reason, when it may not be reported
    /// or too many were.</summary>
    public Verdict Report(in Packet packet, in PacketHeaders headers, IcmpError error, DropReason reason)
    {
        if (!IcmpMessage.MayReport(headers) || !TryTakeToken(packet.Time)) return reason;
        var sender = MacAddress.SourceOf(packet.Bytes);
        var frame = packet.Replace(IcmpMessage.ErrorFrameBytes(headers));
        var own = packet.FromLeft ? settings.Inside.Address : settings.Outside.Address;
        IcmpMessage.WriteError(frame, headers, own, error);
        MacAddress.Address(frame, sender, settings.VirtualMac);
        return Verdict.TurnBack;
    }

    private bool TryTakeToken(long time)
    {
        var fullAt = Math.Max((long)_fullAt.Value, time);
        if (fullAt - time > (Burst - 1) * Interval) return false;
        _fullAt.Set((ulong)(fullAt + Interval));
        return true;
    }
}
