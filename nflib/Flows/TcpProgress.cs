using Holdfast.NfLib.Headers;

namespace Holdfast.NfLib.Flows;

/// <summary>
/// How far a TCP connection has come, as bits that are only ever added while it lives: packets of the two directions
/// reach an NF in no fixed order, and adding bits comes out the same in any.
/// </summary>
[Flags]
public enum TcpProgress : uint
{
    None = 0,
    AckFromLeft = 1,
    AckFromRight = 2,
    FinFromLeft = 4,
    FinFromRight = 8,
    Reset = 16,
}

public static class TcpTracking
{
    private const TcpProgress BothAcks = TcpProgress.AckFromLeft | TcpProgress.AckFromRight;
    private const TcpProgress BothFins = TcpProgress.FinFromLeft | TcpProgress.FinFromRight;

    /// <summary>What one packet adds; nothing when it is not TCP.</summary>
    public static TcpProgress ProgressOf(in PacketHeaders headers, bool fromLeft)
    {
        var progress = TcpProgress.None;
        var flags = headers.TcpFlags;
        if ((flags & TcpFlags.Ack) != 0) progress |= fromLeft ? TcpProgress.AckFromLeft : TcpProgress.AckFromRight;
        if ((flags & TcpFlags.Fin) != 0) progress |= fromLeft ? TcpProgress.FinFromLeft : TcpProgress.FinFromRight;
        if ((flags & TcpFlags.Rst) != 0) progress |= TcpProgress.Reset;
        return progress;
    }

    /// <summary>Whether a TCP segment asks for a new connection: SYN alone.</summary>
    public static bool IsOpening(in PacketHeaders headers) =>
        (headers.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin | TcpFlags.Rst)) == TcpFlags.Syn;

    /// <summary>Whether both sides have acknowledged something and the connection is not closed.</summary>
    public static bool IsEstablished(this TcpProgress progress) =>
        (progress & BothAcks) == BothAcks && !progress.IsClosed();

    /// <summary>Whether both sides have sent FIN, or one RST.</summary>
    public static bool IsClosed(this TcpProgress progress) =>
        (progress & BothFins) == BothFins || (progress & TcpProgress.Reset) != 0;
}
