using Holdfast.Replicator.Identity;

namespace Holdfast.Replicator.Protocol;

/// <summary>How far a ruler's standby is.</summary>
public enum StandbyProgress
{
    None,

    /// <summary>Waits for the root to close the join barrier, or has not prepared its checkpoint yet.</summary>
    Joining,

    /// <summary>Every output waits for it; it may not take over yet.</summary>
    Required,

    /// <summary>The arbiter is to know that it may take over, before it is told. It may know already, and tell it itself: so from
    /// here on only a new term can exclude it.</summary>
    Enlisting,

    /// <summary>Told that it may take over.</summary>
    Eligible,
}

/// <summary>What a ruler knows about its standby.</summary>
internal sealed class StandbyTracker
{
    public StandbyProgress Progress { get; set; }

    /// <summary>It may be able to take over, whether it has been told or not.</summary>
    public bool MayRule => Progress is StandbyProgress.Enlisting or StandbyProgress.Eligible;

    /// <summary>Which life of the peer this is about.</summary>
    public Incarnation Incarnation { get; set; }

    /// <summary>The first checkpoint that it gets, on top of nothing; 0 until the root has closed it.</summary>
    public ulong JoinCheckpoint { get; set; }

    /// <summary>With this one it has the whole state; 0 until that has been sent.</summary>
    public ulong WholeAt { get; set; }

    /// <summary>Highest checkpoint it has prepared (cumulative).</summary>
    public ulong Prepared { get; set; }

    /// <summary>Next checkpoint to send on the current connection.</summary>
    public ulong Next { get; set; }

    /// <summary>Highest checkpoint ever sent to this life, over whatever connection: more it can't have.</summary>
    public ulong Sent { get; set; }

    /// <summary>Outputs of checkpoints up to this one may have left without it; 0 until the latch has said so.</summary>
    public ulong ReleasedWithout { get; set; }

    /// <summary>It has said that its replica is gone.</summary>
    public bool HasLeft { get; set; }

    /// <summary>When it last got on, for a joiner's patience.</summary>
    public long LastProgress { get; set; }

    public void Clear()
    {
        Progress = StandbyProgress.None;
        HasLeft = false;
        Incarnation = Incarnation.None;
        JoinCheckpoint = WholeAt = Prepared = Next = Sent = ReleasedWithout = 0;
    }
}
