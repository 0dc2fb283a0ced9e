using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;

namespace Holdfast.Evaluation.Beds;

/// <summary>
/// Whether a bed does right while it is measured: whatever came in came out, NFs counted it, protection held, and no loop
/// allocated. Never whether it was quick.
/// </summary>
internal sealed class Conduct(Bed bed)
{
    /// <summary>Statuses in a row that tell what one allocates.</summary>
    private const int Samples = 4;

    private readonly List<string> _violations = [];
    private Look? _begin;
    private double _answer = -1;

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>The warm-up is over.</summary>
    public void NoteBegin()
    {
        bed.Drain();
        if (_answer < 0) _answer = AllocatedByAnswer();
        _begin = new Look(bed);
    }

    /// <summary>The load has ended.</summary>
    public void NoteEnd()
    {
        bed.Drain();
        var end = new Look(bed);
        CheckPackets(end.Primary);
        CheckAllocations(_begin!, end);
        if (bed.Standby is null) return;
        if (!end.Primary.Protected) Violate("its standby does not protect it any more");
        if (end.Primary.Term != 1) Violate($"it is in term {end.Primary.Term}, though no node failed");
    }

    private void CheckPackets(StatusReport status)
    {
        var taken = status.Left.Accepted + status.Right.Accepted;
        var sent = status.Left.Sent + status.Right.Sent;
        var dropped = status.Functions.SelectMany(f => f.Dropped.Values).Aggregate(0UL, (sum, count) => sum + count);
        if (sent != taken) Violate($"{taken} packets went in and {sent} came out; its NFs dropped {dropped}");
        foreach (var function in status.Functions)
        {
            if (function.LeftToRight != status.Left.Accepted || function.RightToLeft != status.Right.Accepted)
                Violate($"NF {function.Name} counted {function.LeftToRight} + {function.RightToLeft} packets of {status.Left.Accepted} + {status.Right.Accepted}");
        }
    }

    private void CheckAllocations(Look begin, Look end)
    {
        Check("the root", end.Primary.RootAllocatedBytes - begin.Primary.RootAllocatedBytes, 0);
        // What a process allocated before it owned the NF is not the load's.
        foreach (var (before, after) in begin.Primary.Functions.Zip(end.Primary.Functions).Where(pair => pair.First.ProcessId == pair.Second.ProcessId))
            Check($"NF {after.Name}", after.AllocatedBytes - before.AllocatedBytes, 0);
        // Without a peer the replicator dials all the time, which allocates, and carries no state.
        if (end.Standby is not { } standby) return;
        // Answers to the statuses in between are made on its thread.
        var answers = (long)(_answer * (end.Asked - begin.Asked) * 1.25) + 4096;
        Check("the replicator", end.Primary.ReplicatorAllocatedBytes - begin.Primary.ReplicatorAllocatedBytes, answers);
        Check("the standby's replicator", standby.ReplicatorAllocatedBytes - begin.Standby!.ReplicatorAllocatedBytes, answers);
    }

    private void Check(string who, long bytes, long allowed)
    {
        if (bytes > allowed) Violate($"{who} allocated {bytes} bytes under load, {allowed} are allowed");
    }

    private double AllocatedByAnswer()
    {
        var first = bed.Status(bed.Primary);
        for (var i = 1; i < Samples; i++)
        {
            Thread.Sleep(5); // it notes what it allocated when it sleeps
            bed.Status(bed.Primary);
        }

        Thread.Sleep(5);
        return (bed.Status(bed.Primary).ReplicatorAllocatedBytes - first.ReplicatorAllocatedBytes) / (double)Samples;
    }

    private void Violate(string what)
    {
        if (!_violations.Contains(what)) _violations.Add(what);
    }

    private sealed record Look(StatusReport Primary, StatusReport? Standby, int Asked)
    {
        public Look(Bed bed) : this(bed.Status(bed.Primary), StatusOf(bed, bed.Standby), bed.Asked)
        {
        }

        private static StatusReport? StatusOf(Bed bed, DemoNode? node) => node is null ? null : bed.Status(node);
    }
}
