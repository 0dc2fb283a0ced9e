using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>What became of a frame: what came out and on which side, or why nothing did.</summary>
internal readonly record struct Outcome(byte[]? Frame, DropReason? Dropped, bool TurnedBack = false)
{
    public bool Passed => Frame is not null && !TurnedBack;
}

/// <summary>One NF in a chain of its own. Times are in seconds from some start.</summary>
internal sealed class NfRun : IDisposable
{
    public const long Start = 1_767_225_600_000_000_000;

    private readonly InProcessChain _chain;
    private byte[]? _output;
    private Direction _side;

    public NfRun(INetworkFunction function) => _chain = new InProcessChain([function], (direction, _, frame) =>
    {
        Assert.That(_output, Is.Null, "one packet makes one");
        (_side, _output) = (direction, frame.ToArray());
    });

    public StateBlock Block => _chain.Blocks[0];

    /// <summary>Lines of the state's description that begin so.</summary>
    public IEnumerable<string> State(string prefix) =>
        StateContent.Describe(Block.Data).Where(line => line.StartsWith(prefix, StringComparison.Ordinal));

    public int Entries(string map) => State(map + "[").Count();

    public Outcome FromLeft(TestFrame frame, double at = 0) => Process(Direction.LeftToRight, frame.Build(), at);

    public Outcome FromLeft(byte[] frame, double at = 0) => Process(Direction.LeftToRight, frame, at);

    public Outcome FromRight(TestFrame frame, double at = 0) => Process(Direction.RightToLeft, frame.Build(), at);

    public Outcome FromRight(byte[] frame, double at = 0) => Process(Direction.RightToLeft, frame, at);

    public void Tick(double at) => _chain.Tick(Nanoseconds(at));

    public void Dispose() => _chain.Dispose();

    private static long Nanoseconds(double seconds) => Start + (long)Math.Round(seconds * 1e6) * 1000;

    private Outcome Process(Direction direction, byte[] frame, double at)
    {
        _output = null;
        var before = Block.Statistics.Dropped;
        _chain.Process(direction, frame, Nanoseconds(at));
        DropReason? dropped = null;
        for (var reason = 0; reason < DropReasons.Count; reason++)
        {
            if (Block.Statistics.Dropped[reason] > before[reason]) dropped = (DropReason)reason;
        }

        Assert.That(_output is null, Is.EqualTo(dropped is not null), "a packet is forwarded or dropped");
        return new Outcome(_output, dropped, _output is not null && _side != direction);
    }
}
