using Holdfast.NfLib.State;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>The standby's side of the two phases: which checkpoints are staged, which are applied.</summary>
internal sealed class Staging(INodeEffects effects, KnownBadProtocol knownBad)
{
    /// <summary>Checkpoints up to this one are staged whole and without a gap; 0 for an empty replica.</summary>
    public ulong Staged { get; private set; }

    /// <summary>Everything that was in use when this standby joined has been staged.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Checkpoints up to this one are in the replica.</summary>
    public ulong Committed { get; private set; }

    /// <summary>Clock and time that the last staged checkpoint covers.</summary>
    public ulong Clock { get; private set; }

    public long Time { get; private set; }

    public void Discard()
    {
        Staged = Committed = Clock = 0;
        Time = 0;
        IsWhole = false;
        effects.DiscardReplica();
    }

    /// <summary>Stages a checkpoint if it stands on the last one.</summary>
    /// <returns>What is wrong with it, or null when it is staged (now or already).</returns>
    public string? Stage(in MessageHeader header, ReadOnlySpan<byte> payload, bool eligible)
    {
        var checkpoint = header.Checkpoint;
        if ((header.Flags & MessageFlags.Join) != 0)
        {
            // A join stands on nothing. One that an eligible standby never asked for would destroy the only copy.
            if (eligible) return $"PREPARE {checkpoint}: a join, but this standby is eligible";
            Discard();
            Committed = checkpoint - 1;
        }
        else if (checkpoint <= Staged)
        {
            return null; // sent again after a reconnection
        }
        else if (checkpoint != Staged + 1 && (knownBad & KnownBadProtocol.GapAfterReconnect) == 0)
        {
            return $"PREPARE {checkpoint}: does not follow {Staged}, which was staged last";
        }
        else if (Staged == 0)
        {
            return $"PREPARE {checkpoint}: this standby's replica is empty and needs a join first";
        }

        if (checkpoint - Committed > DeltaSlots.Count)
            return $"PREPARE {checkpoint}: more than {DeltaSlots.Count} checkpoints in flight (committed is {Committed})";
        if (header.Clock < Clock || header.Time < Time)
            return $"PREPARE {checkpoint}: its clock or time runs backwards";
        if (!effects.TryStage(header, payload)) return $"PREPARE {checkpoint}: the deltas are damaged";
        Staged = checkpoint;
        IsWhole |= (header.Flags & MessageFlags.Whole) != 0;
        (Clock, Time) = (header.Clock, header.Time);
        if ((knownBad & KnownBadProtocol.ApplyBeforeCommit) != 0) effects.Apply(checkpoint);
        return null;
    }

    /// <summary>Applies what the ruler has committed.</summary>
    public void Commit(ulong checkpoint)
    {
        while (Committed < checkpoint && Committed < Staged)
        {
            Committed++;
            if ((knownBad & KnownBadProtocol.ApplyBeforeCommit) != 0) continue;
            effects.Apply(Committed);
        }
    }
}
