using Holdfast.NfLib.Functions;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Simulation;

/// <summary>A deliberately broken variant of the protocol: the test of the simulator is that it finds each of them.</summary>
/// <param name="Name">What is broken.</param>
/// <param name="KnownBad">Where.</param>
internal sealed record Control(string Name, KnownBad KnownBad)
{
    private const int Seeds = 1_500;

    public static IReadOnlyList<Control> All { get; } =
    [
        new("released before prepared", new KnownBad(KnownBadProtocol.ReleaseBeforePrepared)),
        new("a gap in staging after a reconnection", new KnownBad(KnownBadProtocol.GapAfterReconnect)),
        new("eligible with the first checkpoint", new KnownBad(KnownBadProtocol.EligibleTooEarly)),
        new("a joiner counts as complete at once", new KnownBad(KnownBadProtocol.WholeAtOnce)),
        new("terms are taken without the arbiter", new KnownBad(KnownBadProtocol.IgnoreArbiter)),
        new("a silent standby is taken for dead", new KnownBad(TakesSilenceForDeath: true)),
        new("a new ruler's clock does not leap", new KnownBad(Root: KnownBadRoot.ClockWithoutLeap)),
        new("captured behind the first of two barriers", new KnownBad(Loop: KnownBadLoop.CaptureAfterOneBarrier)),
        new("dropped packets are kept", new KnownBad(Loop: KnownBadLoop.KeepDropped)),
        new("one answer counts for all checkpoints that were sent", new KnownBad(KnownBadProtocol.AnswerCountsForAll)),
        new("terms are not on disk", new KnownBad(KnownBadProtocol.TermsInMemory)),
        new("a refused connection is taken for death", new KnownBad(KnownBadProtocol.RefusalIsDeath)),
        new("a stale standby takes over", new KnownBad(KnownBadProtocol.StaleStandbyTakesOver)),
        new("told before the arbiter knows", new KnownBad(KnownBadProtocol.ToldBeforeArbiter)),
        new("a higher term is outbid instead of obeyed", new KnownBad(KnownBadProtocol.OutbidsHigherTerm)),
        new("a restarted node starts the chain although its peer lives", new KnownBad(KnownBadProtocol.RestartedRules)),
        new("takes packets in after a handover", new KnownBad(KnownBadProtocol.GoesOnAfterHandover)),
        new("frozen state rules when the peer is silent", new KnownBad(KnownBadProtocol.FrozenRulesOnSilence)),
        new("the arbiter is asked once", new KnownBad(KnownBadProtocol.AsksOnce)),
        new("slots are freed without the joiner", new KnownBad(Root: KnownBadRoot.SlotsFreedWithoutJoiner)),
        new("checkpoints are closed only on receive", new KnownBad(Root: KnownBadRoot.CloseOnlyOnReceive)),
        new("released on a time-out", new KnownBad(Root: KnownBadRoot.ReleaseInTime)),
        new("half a dead NF's batch is kept", new KnownBad(Loop: KnownBadLoop.KeepHalfBatches)),
    ];

    /// <summary>The first seed that shows it.</summary>
    /// <param name="steps">Protocol steps that this took.</param>
    public SimRun? Find(out long steps)
    {
        steps = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var run = SimRun.Of(seed, KnownBad);
            steps += run.Steps;
            if (run.Violation is not null) return run;
        }

        return null;
    }
}
