namespace Holdfast.Judge;

/// <summary>What is judged can't be read; nothing is said about the nodes.</summary>
internal sealed class JudgeException(string message) : Exception(message);

/// <summary>
/// Judges a run of a chain, whatever died in it, by what the far end of its wires saw: replays the inputs that count
/// through the same NFs without failures, and compares. Inputs count up to the clock that the next rulers announced
/// to have in their state; those above are lost, and nothing of them may have come out.
/// </summary>
/// <param name="evidence">The journal.</param>
/// <param name="chain">What the nodes run.</param>
/// <param name="dumps">State that nodes hold, of the chain's last life.</param>
internal sealed class Judgement(Evidence evidence, ChainDescription chain, IReadOnlyList<StateDump> dumps)
{
    /// <exception cref="JudgeException">The journal holds no term.</exception>
    public Verdict Run()
    {
        // Without this, a run in which nothing worked would have no violation.
        if (evidence.Announcements.Count == 0)
            throw new JudgeException("the journal holds no term: no node ever ruled, so there is nothing to judge");
        var verdict = new Verdict();
        var terms = Terms.Read(evidence, verdict);
        var sequences = new SequenceChecks(evidence, terms, verdict);
        sequences.Records();
        sequences.Outputs();
        for (var life = 0; life < terms.Lives.Count; life++)
        {
            using var reference = chain.MakeReference();
            var states = new StateChecks(life == terms.Lives.Count - 1 ? dumps : [], [.. chain.Names], verdict);
            new LifeReplay(evidence, terms, life, reference, states, verdict).Run();
        }

        return verdict;
    }
}
