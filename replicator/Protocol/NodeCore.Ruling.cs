using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>The ruler and its standby: joining, resuming, losing it.</summary>
public sealed partial class NodeCore
{
    private void MeetStandby(in Hello hello, long now)
    {
        if (_standby.Progress != StandbyProgress.None && hello.Incarnation != _standby.Incarnation)
        {
            if (!hello.Incarnation.IsNewerThan(_standby.Incarnation))
            {
                Disconnect($"life {hello.Incarnation} of the standby is older than {_standby.Incarnation}; if its state "
                           + "directory was wiped, say `nfmgr continue --unprotected` here");
                return;
            }

            // A newer life proves that the earlier one is dead.
            if (_standby.MayRule) Decide(Petition.GoAlone, "the standby has started anew", now);
            else DropStandby("it has started anew");
            // Without it until the arbiter has said so.
            if (_standby.MayRule) return;
        }

        if (_standby.Progress == StandbyProgress.None) StartJoin(hello.Incarnation, now);
        else if (_standby.MayRule) Resume(hello, now);
    }

    private void StartJoin(Incarnation standby, long now)
    {
        _standby.Clear();
        _standby.Progress = StandbyProgress.Joining;
        PeerRole = NodeRole.Joining;
        _standby.Incarnation = standby;
        _standby.LastProgress = now;
        _effects.SetMode(ReplicationMode.Joining);
    }

    /// <summary>The standby is back on a new connection; the slots still hold what it has not prepared.</summary>
    private void Resume(in Hello hello, long now)
    {
        if (hello.Staged < _standby.Prepared || hello.Staged > _standby.Sent)
        {
            // It had prepared more, or can't have this: it is not the standby whose answers we have.
            Disconnect($"the standby says it has staged {hello.Staged}, but it had prepared {_standby.Prepared} "
                       + $"and was sent {_standby.Sent}");
            return;
        }

        _standby.Next = _settings.KnownBad.HasFlag(KnownBadProtocol.GapAfterReconnect)
            ? Math.Max(hello.Staged + 1, _completed)
            : hello.Staged + 1;
        _standby.LastProgress = now;
        if (_standby.Progress == StandbyProgress.Eligible) TellEligible();
        if (hello.Staged > _standby.Prepared)
        {
            // Its last answers were lost with the old connection; the greeting repeats them.
            _standby.Prepared = hello.Staged;
            _effects.SetPrepared(hello.Staged);
        }

        if (_switchover == SwitchoverProgress.HandedOver) SendHandover(); // it may not have got it
        Pump();
    }

    private void DropStandby(string why)
    {
        _effects.Report($"drops the joining standby: {why}");
        _standby.Clear();
        _effects.SetMode(ReplicationMode.Alone);
    }

    private void WatchStandby(long now)
    {
        switch (_standby.Progress)
        {
            case StandbyProgress.Joining or StandbyProgress.Required
                when now - _standby.LastProgress >= _settings.JoinPatience:
                Disconnect("the joining standby makes no progress");
                break;
            case StandbyProgress.Eligible or StandbyProgress.Enlisting when _settings.AsksArbiter:
                // For as long as there is a reason: the arbiter may have denied it for one that passes.
                if (_standby.HasLeft) Decide(Petition.GoAlone, "the standby left", now);
                else if (_peer.IsNewerThan(_standby.Incarnation)) Decide(Petition.GoAlone, "the standby has started anew", now);
                else if (now - _lastHeard >= _settings.Detect)
                    Decide(Petition.GoAlone, $"the standby has been silent for {(now - _lastHeard) / 1_000_000} ms", now);
                break;
            case StandbyProgress.Eligible when _settings.OnSilence == SilencePolicy.PreferAvailability && now - _lastHeard >= _settings.Detect:
                GoAlone($"the standby has been silent for {(now - _lastHeard) / 1_000_000} ms, and this chain prefers availability. "
                        + "If it lives, it rules too");
                break;
        }
    }
}
