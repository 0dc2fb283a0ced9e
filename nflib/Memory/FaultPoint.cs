using System.Diagnostics;

namespace Holdfast.NfLib.Memory;

/// <summary>The named steps of the batch commit, the capture and the recovery at which a test can let an NF die.</summary>
internal enum FaultStep
{
    None,

    // A batch that runs.
    BatchOpened, LineCopied, LineCounted, LineMarked, HeaderCopied, HeaderCounted, MetadataCopied, Processed, OutputsFilled,

    // Its commit.
    RecordWritten, Committing, TailPublished, HeadPublished, ChunkMarked, LinesFolded, BatchMaskCleared, JournalsCleared, Committed, DoorbellsRung,

    // A capture.
    Capturing, MarkedForJoin, SlotFilled, SlotPublished, JoinedForgotten, ChangesForgotten, CaptureRecorded,

    // The next process.
    TookOver, LineRestored, HeaderRestored, Undone, AttemptCounted, Recovered,
}

/// <summary>Where a test lets an NF die. The calls are compiled only into what is built with FAULT_POINTS; see
/// CONTRIBUTING.md.</summary>
internal static class FaultPoint
{
    /// <summary>Called at each step; does not return where the process is to die.</summary>
    public static Action<FaultStep>? OnReach { get; set; }

    [Conditional("FAULT_POINTS")]
    public static void Reach(FaultStep step) => OnReach?.Invoke(step);
}
