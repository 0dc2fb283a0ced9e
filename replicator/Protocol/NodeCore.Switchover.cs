using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>How far a ruler is with giving the chain to its standby.</summary>
public enum SwitchoverProgress
{
    None,

    /// <summary>Takes nothing in any more, and waits until all that it took in is prepared and released.</summary>
    Draining,

    /// <summary>Has told the standby to rule, and releases nothing more in this term.</summary>
    HandedOver,
}

/// <summary>The operator's planned change of ruler.</summary>
public sealed partial class NodeCore
{
    private SwitchoverProgress _switchover;
    private ulong _lastCheckpoint;
    private long _switchoverBegan;

    public SwitchoverProgress Switchover => _switchover;

    /// <summary>Why the last switchover was given up; null if it was not.</summary>
    public string? SwitchoverGivenUp { get; private set; }

    /// <summary>The operator wants the standby to rule.</summary>
    /// <returns>Why not, or null when it has begun.</returns>
    public string? BeginSwitchover(long now)
    {
        if (Role != NodeRole.Ruling) return $"this node is {Role}; say it to the one that rules";
        if (_switchover != SwitchoverProgress.None) return null;
        if (!IsProtected) return "there is no standby that may take over; wait until `nfmgr status` says protected";
        if (!IsConnected) return "the standby does not answer; a switchover needs both nodes";
        SwitchoverGivenUp = null;
        _switchover = SwitchoverProgress.Draining;
        _switchoverBegan = now;
        _effects.Report("switchover: takes nothing in, and hands over when all is prepared");
        _effects.SetQuiet(true);
        return null;
    }

    /// <summary>Ruler: all that it took in is part of this checkpoint, which is prepared, and released.</summary>
    public void OnQuiet(ulong checkpoint)
    {
        if (_switchover != SwitchoverProgress.Draining) return;
        if (!IsProtected || !IsConnected || _standby.Prepared < checkpoint)
        {
            EndSwitchover("the standby was lost meanwhile");
            return;
        }

        // From here on only a new term lets anything in or out: the standby may rule as soon as it reads this.
        _switchover = SwitchoverProgress.HandedOver;
        _lastCheckpoint = checkpoint;
        _effects.Report($"switchover: hands over at checkpoint {checkpoint}");
        SendHandover();
        if ((_settings.KnownBad & KnownBadProtocol.GoesOnAfterHandover) != 0) _effects.SetQuiet(false);
    }

    private void SendHandover()
    {
        var header = Header(MessageType.Handover);
        header.Checkpoint = _lastCheckpoint;
        _effects.Send(header);
    }

    private void WatchSwitchover(long now)
    {
        if (_switchover == SwitchoverProgress.HandedOver && IsProtected && IsConnected && now - _switchoverBegan >= _settings.Detect)
        {
            _switchoverBegan = now;
            SendHandover(); // an arbiter may have been away when it was asked
        }

        if (_switchover != SwitchoverProgress.Draining) return;
        if (!IsProtected || !IsConnected) EndSwitchover("the standby was lost meanwhile");
        else if (now - _switchoverBegan >= _settings.SwitchoverPatience)
            EndSwitchover($"the chain was not empty after {_settings.SwitchoverPatience / 1_000_000} ms");
    }

    /// <param name="givenUp">Why; null when a new term has settled it.</param>
    private void EndSwitchover(string? givenUp)
    {
        if (_switchover == SwitchoverProgress.None) return;
        if (givenUp is not null) _effects.Report($"switchover given up: {givenUp}");
        SwitchoverGivenUp = givenUp;
        _switchover = SwitchoverProgress.None;
        _effects.SetQuiet(false);
    }
}
