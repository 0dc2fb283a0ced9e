using Holdfast.NfLib.Rings;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>
/// An NF does a million odd things to its memory, in turn with the work of its chain. Nothing but a fault that names an NF
/// comes of it, nothing is written outside the objects, nothing goes on for ever, and every buffer is given back
/// (invariants 6 and 8). What only the villain can have done is called the villain's. Only one that moves an index after
/// other mischief, before nfmgr has looked, can destroy what would have shown who it was; that may succeed now and then.
/// </summary>
public sealed class HostileFuzzTests
{
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES") ?? "1200000");

    private long _done;
    private string _doing = "";

    [Test]
    public void Whatever_an_NF_does_within_its_rights_is_survived_and_called_its_doing([Values(0, 1, 2)] int hostile) =>
        Run(hostile, Cases / 6, withinRights: true);

    [Test]
    public void Whatever_an_NF_writes_where_it_can_is_survived([Values(0, 1, 2)] int hostile) =>
        Run(hostile, Cases / 6, withinRights: false);

    private void Run(int hostile, int cases, bool withinRights)
    {
        _done = 0;
        var task = Task.Factory.StartNew(() => Act(hostile, cases, withinRights), TaskCreationOptions.LongRunning);
        for (long seen = -1; !task.Wait(TimeSpan.FromSeconds(20)); seen = _done)
            Assert.That(_done, Is.Not.EqualTo(seen), () => "it hangs: " + _doing);
        var (summary, wrong, isMisleading) = task.Result;
        TestContext.Out.WriteLine(summary);
        Assert.That(wrong.Take(5), Is.Empty, summary);
        Assert.That(isMisleading, Is.False, summary);
    }

    private (string Summary, List<string> Wrong, bool IsMisleading) Act(int hostile, int cases, bool withinRights)
    {
        using var chain = new HostileChain(functions: 3, hostile);
        int faults = 0, halts = 0, misled = 0;
        List<string> wrong = [];
        for (var life = 0; _done < cases; life++)
        {
            var random = new Random(life);
            var mischief = new Mischief(chain, random);
            _doing = $"NF {hostile}, life {life}";
            ChainFaultException? fault = null;
            try
            {
                fault = FaultOf(() => Live(chain, mischief, random, withinRights));
            }
            catch (InvalidDataException)
            {
                // An innocent NF could not begin on such rings, and its process dies; nfmgr must see why.
                fault = FaultOf(() => chain.Root.Inspect(chain.Now));
                if (fault is null) wrong.Add($"{_doing}: {string.Join("; ", mischief.Acts)}: an innocent NF can't begin, and nobody sees why");
            }
            catch (Exception error)
            {
                wrong.Add($"{_doing}: {string.Join("; ", mischief.Acts)}: {error}");
            }

            if (fault is null)
            {
                halts++;
                chain.Board.AskHalt();
                chain.StepRoot();
            }
            else
            {
                faults++;
                if (withinRights && fault.Function != hostile && mischief.HasMovedIndex) misled++;
                else if (withinRights ? fault.Function != hostile : fault.Function is null)
                    wrong.Add($"{_doing}: {string.Join("; ", mischief.Acts)}: but {fault.Message}");
            }

            if (chain.Table.Free != chain.Table.Total) wrong.Add($"{_doing}: {chain.Table.Free} of {chain.Table.Total} buffers are free");
            if (chain.Broken() is { } broken) wrong.Add($"{_doing}: {broken}");
            chain.Restart();
        }

        return ($"{_done} cases: {faults} times a fault, {halts} times a halt; {misled} times misled, {wrong.Count} times wrong", wrong,
            misled > 1 + faults / 500);
    }

    private void Live(HostileChain chain, Mischief mischief, Random random, bool withinRights)
    {
        if (random.Next(4) > 0) chain.Protect();
        for (var i = random.Next(30); i > 0; i--)
        {
            chain.Send(random.Next(12), random.Next(12));
            chain.Step();
        }

        for (var i = random.Next(1, 60); i > 0; i--)
        {
            if (withinRights) mischief.ActWithinItsRights();
            else mischief.ActAnywhere();
            _done++;
            if (random.Next(3) == 0) chain.Send(random.Next(8), random.Next(8));
            if (random.Next(8) == 0) chain.Step(villainActs: random.Next(3) > 0);
            else
            {
                chain.StepRoot();
                chain.StepHonest();
                if (random.Next(3) > 0) chain.Villain.PassOn();
            }

            if (random.Next(16) == 0) chain.Wait(100_000_000 * random.Next(1, 4), villainActs: random.Next(2) == 0);
        }

        if (random.Next(4) == 0) chain.Wait(2_500_000_000);
    }

    private static ChainFaultException? FaultOf(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ChainFaultException fault)
        {
            return fault;
        }
    }
}
