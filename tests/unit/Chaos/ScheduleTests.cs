using Holdfast.Chaos;
using Holdfast.Chaos.Faults;
using Holdfast.Chaos.Sessions;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chaos;

/// <summary>What a seed decides about a chaos run, and what its nodes' logs tell.</summary>
public sealed class ScheduleTests
{
    private static readonly FaultKind[] All = Enum.GetValues<FaultKind>();

    [Test]
    public void A_seed_gives_the_same_faults_again_and_another_one_others()
    {
        var (once, again) = (InWords(1), InWords(1));
        Assert.That(again, Is.EqualTo(once));
        Assert.That(InWords(2), Is.Not.EqualTo(once));

        static string InWords(int seed) => string.Join('\n', Schedule.Rounds(seed, All).Take(50).Select(r => string.Join(" and ", r)));
    }

    [Test]
    public void Every_kind_comes_before_any_comes_again([Values(1, 2, 3)] int seed) =>
        Assert.That(Schedule.Rounds(seed, All).Take(All.Length).SelectMany(r => r).Take(All.Length).Select(f => f.Kind), Is.EquivalentTo(All));

    [Test]
    public void Only_faults_that_can_kill_all_who_held_the_state_excuse_its_loss()
    {
        Assert.That(Lose(FaultKind.KillRuler), Is.False);
        Assert.That(Lose(FaultKind.CutLink), Is.False);
        Assert.That(Lose(FaultKind.CutLink, FaultKind.StopStandby), Is.False);
        Assert.That(Lose(FaultKind.KillBoth), Is.True);
        Assert.That(Lose(FaultKind.CutLink, FaultKind.KillStandby), Is.True);

        static bool Lose(params FaultKind[] kinds) => Schedule.MayLoseState([.. kinds.Select(k => new Fault(k, 0, 0, 0))]);
    }

    [Test]
    public void A_log_tells_of_takeovers_lost_state_and_what_must_not_be()
    {
        var file = Path.GetTempFileName();
        try
        {
            var log = new NodeLog(file);
            File.AppendAllText(file, "2026-01-01T00:00:01.500Z a: takes over: the ruler refuses connections\n2026-01-01T00:00:02.000Z a: starts anew with EMPTY st");
            Assert.That(log.ReadOn(), Is.Empty);
            Assert.That((log.Takeovers, log.StatesLost.Count), Is.EqualTo((1, 0)), "the second line is not whole yet");
            File.AppendAllText(file, "ate, the chain's state was lost: both nodes are empty\nUnhandled exception. System.Exception: x\n");
            Assert.That(log.ReadOn(), Is.EqualTo(["Unhandled exception. System.Exception: x"]));
            Assert.That(log.StatesLost, Is.EqualTo([new DateTime(2026, 1, 1, 0, 0, 2, DateTimeKind.Utc)]));
            Assert.That(log.ReadOn(), Is.Empty);
            Assert.That(log.Takeovers, Is.EqualTo(1));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestCase("--seed", "1")]
    [TestCase("--minutes")]
    [TestCase("--minutes", "0")]
    [TestCase("--minutes", "1", "--seed", "x")]
    [TestCase("--minutes", "1", "--faults", "KillRuler,Nothing")]
    [TestCase("--minutes", "1", "--sed", "1")]
    public void Odd_arguments_are_refused(params string[] arguments) =>
        Assert.That(() => ChaosOptions.Parse(arguments), Throws.TypeOf<FormatException>());
}
