namespace Holdfast.NfLib.Functions;

/// <summary>Deliberately broken variants of the run loop. Only tests can set them, to show that the checks of the
/// invariants find what they are there to find.</summary>
[Flags]
internal enum KnownBadLoop
{
    None = 0,

    /// <summary>Captures when the first direction's barrier arrives (invariant 3).</summary>
    CaptureAfterOneBarrier = 1,

    /// <summary>Does not hand dropped packets back (invariant 6).</summary>
    KeepDropped = 2,

    /// <summary>Does not undo the batch in which the last process died (invariant 7).</summary>
    KeepHalfBatches = 4,
}
