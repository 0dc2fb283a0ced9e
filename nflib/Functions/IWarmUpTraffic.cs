namespace Holdfast.NfLib.Functions;

/// <summary>A frame that an NF is warmed up with.</summary>
public readonly record struct WarmUpFrame(bool FromLeft, byte[] Bytes);

/// <summary>
/// An NF whose usual packets depend on its settings, so that the host's own (UDP between addresses for documentation)
/// would not go the usual way through its code. Before it works, a scratch instance gets these again and again.
/// </summary>
public interface IWarmUpTraffic
{
    /// <summary>At least one frame; played in order, in a circle.</summary>
    IReadOnlyList<WarmUpFrame> WarmUpFrames { get; }
}
