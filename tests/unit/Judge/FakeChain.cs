using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.NfLib.Wire;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>The chain of whichever fake node rules: its state goes from node to node without a loss, so what a takeover
/// loses is only what the old ruler had accepted and not processed.</summary>
internal sealed class FakeChain : IDisposable
{
    private readonly InProcessChain _chain;
    private FakeNode? _ruler;
    private ulong _term, _clock, _covered;
    private long _time, _lastTick;

    public FakeChain(IReadOnlyList<INetworkFunction> functions) => _chain = new InProcessChain(functions,
        (direction, clock, frame) => _ruler?.Release(direction, frame, clock, (uint)_term));

    public IReadOnlyList<StateBlock> Blocks => _chain.Blocks;

    public void GiveTo(FakeNode node, AnnouncementKind kind)
    {
        _ruler = node;
        _term++;
        node.Announce(new Announcement
        {
            Term = _term, Kind = kind, CoveredClock = _covered, ClockBase = _clock, Time = Now(),
        });
    }

    /// <summary>Processes what the ruler's wires hold, and ticks.</summary>
    public int Step()
    {
        var work = _ruler!.Accept(Stamp, (direction, frame, record) =>
        {
            _chain.Send(direction, frame.Span, record.Time, record.Clock);
            _chain.Run();
            _covered = record.Clock;
        });
        if (Now() - _lastTick >= InProcessChain.TickInterval)
        {
            var tick = Stamp(new WireRecord { Tag = WireRecord.TickTag });
            _ruler.Record(tick);
            _chain.Tick(_lastTick = tick.Time);
            _covered = tick.Clock;
        }

        _ruler.PublishReleased();
        return work;
    }

    /// <summary>The ruler accepts more, which dies with it.</summary>
    public int AcceptAndLose() => _ruler!.Accept(Stamp, null);

    public void Dispose() => _chain.Dispose();

    private static long Now() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private WireRecord Stamp(WireRecord record) =>
        record with { Clock = ++_clock, Time = _time = Math.Max(Now(), _time), Term = _term };
}
