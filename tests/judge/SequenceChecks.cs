using Holdfast.NfLib.Packets;

namespace Holdfast.Judge;

/// <summary>What can be checked in the order in which things were seen, without knowing what the NFs do.</summary>
internal sealed class SequenceChecks(Evidence evidence, Terms terms, Verdict verdict)
{
    /// <summary>Each record belongs to a term of its node and names a frame that was sent; on each wire, clocks rise.
    /// </summary>
    public void Records()
    {
        var last = new Dictionary<(ushort Node, Direction Direction), ulong>();
        foreach (ref readonly var input in evidence.Inputs)
        {
            verdict.Checked++;
            if (WhatIsWrong(input) is { } wrong) verdict.Add(Violation.Record, $"{Words.Of(input, evidence)}: {wrong}");
            ref var before = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
                last, (input.Node, input.Direction), out var known);
            if (known && input.Clock <= before)
                verdict.Add(Violation.Record, $"{Words.Of(input, evidence)}: it was recorded after clock {before}");
            before = input.Clock;
        }
    }

    /// <summary>Each output was released in a term of its node, and per reign and direction clocks rise. Equal clocks
    /// are duplicates, which are found elsewhere.</summary>
    public void Outputs()
    {
        foreach (ref readonly var output in evidence.Outputs)
        {
            verdict.Outputs++;
            var term = terms.Find(output.Term);
            if (term is null || term.Reign.Node != output.Node)
                verdict.Add(Violation.Mismatch, $"{Words.Of(output, evidence)}: this node did not announce that term");
            if (term is null) continue;
            ref var last = ref term.Reign.LastReleased[(int)output.Direction];
            if (output.Clock < last)
                verdict.Add(Violation.Order, $"{Words.Of(output, evidence)}: it came out after clock {last}");
            last = Math.Max(last, output.Clock);
        }
    }

    private string? WhatIsWrong(in Input input)
    {
        var term = terms.Find(input.Term);
        if (term is null || term.Reign.Node != input.Node) return "this node did not announce that term";
        if (input.Clock <= term.Announcement.ClockBase)
            return $"the term's clocks must be above {term.Announcement.ClockBase}";
        return input.FrameEntry switch
        {
            Input.UnknownFrame => "no frame with its tag was ever sent",
            Input.FrameUsedBefore => "the frame with its tag had been accepted before",
            _ => null,
        };
    }
}
