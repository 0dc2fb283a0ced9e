namespace Holdfast.Chaos.Faults;

/// <summary>What can go wrong. Ruler and standby are whoever is that when the fault begins.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL of nfmgr, whose NFs die with it; it starts again at the fault's end.</summary>
    KillRuler,
    KillStandby,

    /// <summary>Everything is restarted; the chain's state is lost, and must be said to be.</summary>
    KillBoth,

    /// <summary>SIGSTOP of nfmgr for less than it takes to be missed.</summary>
    PauseRuler,
    PauseStandby,

    /// <summary>And for longer.</summary>
    StopRuler,
    StopStandby,

    /// <summary>SIGKILL of processes of NFs: owners, and at times their twins.</summary>
    KillFunction,
    KillStandbyFunction,

    /// <summary>SIGSTOP of an NF's owner.</summary>
    StopFunction,
    StopStandbyFunction,

    /// <summary>What one node sends, or both send, is lost without either hearing of it.</summary>
    CutLink,
    CutToStandby,
    CutToRuler,

    /// <summary>The cable of the link is pulled.</summary>
    UnplugLink,

    /// <summary>The link of one node carries little, so its pipes fill.</summary>
    SlowRuler,
    SlowStandby,

    /// <summary>Strangers want every core.</summary>
    HogCores,

    /// <summary>SIGTERM: an orderly end.</summary>
    EndRuler,
    EndStandby,

    /// <summary>The operator's <c>nfmgr switchover</c>.</summary>
    Switchover,
}
