using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>Decisions about who rules: acted on at once, or, where there is an arbiter, once it has granted the term.</summary>
public sealed partial class NodeCore
{
    private Petition _petition, _lastPetition;
    private Term _petitionTerm;
    private string _petitionReason = "";
    private long _lastAsked, _lastRepeated;
    private ulong _questions;
    private bool _arbiterAnswers;

    /// <summary>What the arbiter has been asked for and has not answered.</summary>
    public Petition Petition => _petition;

    /// <summary>Connected to the arbiter, and greeted.</summary>
    public bool HasArbiter => _arbiterAnswers;

    /// <summary>A connection to the arbiter exists.</summary>
    public void OnArbiterConnected() => _effects.SendHelloToArbiter(Header(MessageType.Hello) with { Receiver = 0 }, Greeting());

    public void OnArbiterClosed() => _arbiterAnswers = false;

    /// <summary>The arbiter has said something.</summary>
    public void OnArbiterMessage(in MessageHeader header)
    {
        if (Role == NodeRole.Ended) return;
        switch (header.Type)
        {
            case MessageType.Hello:
                _arbiterAnswers = true;
                HearOfLast(header.Term);
                if (_standby is { MayRule: true, HasLeft: false }) Enlist(); // its disk may be new
                break;
            case MessageType.Heartbeat:
                HearOfLast(header.Term);
                break;
            case MessageType.Grant when _petition != Petition.None && header.Term == _petitionTerm && _petitionTerm > _record.Term:
                var (petition, why) = (_petition, _petitionReason);
                _petition = Petition.None;
                Act(petition, why);
                break;
            case MessageType.Deny when header.Clock != _questions: // of an earlier question; the last one may be granted
                Adopt(header.Term);
                break;
            case MessageType.Deny:
                var denied = _petition;
                _petition = Petition.None; // asked again if there is still reason to
                Adopt(header.Term);
                // To start is asked until it is granted: the arbiter may not have heard yet that those are dead who had the state.
                if (denied == Petition.Start && Role is NodeRole.Starting or NodeRole.Joining)
                    (_petition, _petitionTerm) = (denied, new Term(_record.Term.Counter + 1, _settings.Me));
                break;
            case MessageType.Enlisted when _standby.Progress == StandbyProgress.Enlisting
                                           && new Incarnation(header.Checkpoint, header.Clock) == _standby.Incarnation:
                MakeEligible();
                break;
            case MessageType.Enlisted when new Incarnation(header.Checkpoint, header.Clock) == _incarnation:
                HearThatItMayRule(header.Term);
                break;
        }
    }

    /// <summary>Hears which term was granted last.</summary>
    private void HearOfLast(Term term)
    {
        if (_petition != Petition.None && term == _petitionTerm) Ask(); // it was granted, and the answer lost
        else Adopt(term);
    }

    /// <summary>Hears of a term that this node itself was granted: the answer is still on its way, and others were quicker; or an
    /// earlier life got it, and nobody rules in it.</summary>
    private void HearOfOwn(Term term)
    {
        if (_petition != Petition.None && _petitionTerm == term)
        {
            // Or the answer was lost. Asked again an arbiter repeats it; one that has lost its disk denies it, and what others have
            // heard of counts.
            if (_lastAwake - _lastAsked < _settings.Detect) return;
            _lastAsked = _lastAwake;
            Ask();
            return;
        }

        if (Role != NodeRole.Ruling)
        {
            _effects.Persist(_record = _record with { Term = term });
            return;
        }

        // It rules by an operator's word, below a term that an earlier life was granted: others have heard of that one.
        _record = _record with { Term = term };
        GoAlone("an earlier life of this node was granted a higher term");
    }

    private void Decide(Petition petition, string why, long now)
    {
        if (!_settings.AsksArbiter || (_settings.KnownBad & KnownBadProtocol.IgnoreArbiter) != 0)
        {
            Act(petition, why);
            return;
        }

        var term = new Term(_record.Term.Counter + 1, _settings.Me);
        var isNew = _lastPetition != petition || _petitionTerm != term;
        // Asked again for as long as there is reason to: questions can be lost, and the arbiter may learn why not to deny.
        if (!isNew && now - _lastAsked < _settings.Detect) return;
        if (!isNew && (_settings.KnownBad & KnownBadProtocol.AsksOnce) != 0) return;
        if (isNew) _effects.Report($"asks the arbiter ({petition}, term {term}): {why}");

        (_petition, _lastPetition, _petitionTerm, _petitionReason, _lastAsked) = (petition, petition, term, why, now);
        Ask();
    }

    /// <summary>The arbiter has this life as the heir. Its ruler may have died before it could say so itself.</summary>
    private void HearThatItMayRule(Term term)
    {
        if (Role is NodeRole.Ruling or NodeRole.Eligible) return;
        if (_staging.IsWhole && term == _record.Term)
        {
            if (IsConnected && PeerRole == NodeRole.Ruling && _peer == _rulerIncarnation) return; // that one will
            _effects.Report("is eligible, by the arbiter's word: it may take over");
            Role = NodeRole.Eligible;
            ForgetFrozen();
            if (IsConnected && _peer.IsNewerThan(_rulerIncarnation)) Decide(Petition.TakeOver, "the ruler has started anew, so its earlier life is dead", _lastAwake);
            return;
        }

        // It was enlisted, and has lost what it was enlisted for.
        _effects.SendToArbiter(Header(MessageType.Decline));
    }

    private void RepeatPetition(long now)
    {
        if (!_settings.AsksArbiter || now - _lastRepeated < _settings.Detect) return;
        _lastRepeated = now;
        if (_petition == Petition.Start && Role is NodeRole.Starting or NodeRole.Joining)
        {
            // The reason was one greeting, and lasts. To start is asked under whatever term comes next.
            if (_petitionTerm <= _record.Term) _petitionTerm = new Term(_record.Term.Counter + 1, _settings.Me);
            Ask();
        }
        else if (_petitionTerm <= _record.Term)
        {
            _petition = Petition.None; // the other reasons are over with a new term
        }

        if (_standby.Progress == StandbyProgress.Enlisting) Enlist();
        _effects.SendToArbiter(Header(MessageType.Heartbeat));
    }

    private void Ask()
    {
        var header = Header(MessageType.Ask);
        header.Term = _petitionTerm;
        header.Checkpoint = (ulong)_petition;
        header.Clock = ++_questions;
        _effects.SendToArbiter(header);
    }

    private void Act(Petition petition, string why)
    {
        switch (petition)
        {
            case Petition.TakeOver when Role == NodeRole.Eligible:
                TakeOver(why);
                break;
            case Petition.GoAlone when Role == NodeRole.Ruling && _standby.MayRule:
                GoAlone(why);
                break;
            case Petition.Start when Role is NodeRole.Starting or NodeRole.Joining:
                StartAgain(why);
                break;
        }
    }

    /// <summary>Tells the arbiter who may take over, before that one is told.</summary>
    private void Enlist()
    {
        var header = Header(MessageType.Enlist);
        (header.Checkpoint, header.Clock, header.Committed) = (_standby.Incarnation.Counter, _standby.Incarnation.Random, _settings.Peer.Value);
        _effects.SendToArbiter(header);
    }
}
