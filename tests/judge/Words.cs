using Holdfast.NfLib.Packets;

namespace Holdfast.Judge;

/// <summary>Inputs and outputs in words.</summary>
internal static class Words
{
    public static string Of(in Input input, Evidence evidence) =>
        $"clock {input.Clock}, {(input.IsTick ? "a tick" : Of(input.Direction))}, accepted by " +
        $"{evidence.NameOf(input.Node)} in term {input.Term}";

    public static string Of(in Output output, Evidence evidence) =>
        $"clock {output.Clock}, {Of(output.Direction)}, released by " +
        $"{evidence.NameOf(output.Node)} in term {output.Term}";

    private static string Of(Direction direction) =>
        direction == Direction.LeftToRight ? "left to right" : "right to left";
}
