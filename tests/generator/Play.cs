using System.Text.Json.Nodes;
using Holdfast.Generator.Traffic;
using Holdfast.Generator.Wires;
using Holdfast.Journal;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Generator;

/// <summary>
/// Journaled traffic: offers what its sources give to the node that rules, and writes down everything that is sent,
/// accepted and released. It hears of records and outputs also while nothing is played, because ticks go on.
/// </summary>
internal sealed class Play(FarEnd wires, JournalWriter journal, Events events, Func<ulong> nextTag) : IArrivals
{
    private const int BurstFrames = 64;

    // Longer than a takeover.
    private const long Quiet = Time.Second;

    // No bell tells of room on a wire.
    private const long WhileFull = Time.Millisecond / 2;

    private readonly InFlight _inFlight = new();
    private readonly byte[] _buffer = new byte[PacketPool.MaxFrameBytes];
    private IReadOnlyList<ITraffic> _sources = [];
    private TrafficTotals _earlier;
    private Node? _ruler;
    private Phase _phase;
    private long _drainUntil, _fullUntil, _lastArrival, _lastOut, _longestGap;
    private long _sent, _refused, _accepted, _ticks, _out, _late;

    public bool IsIdle => _phase == Phase.Idle;

    /// <summary>When <see cref="Step"/> has something to do although nothing arrives.</summary>
    public long Due => _phase switch
    {
        Phase.Playing when wires.Ruler is not null => Math.Max(SourcesDue(), _fullUntil),
        Phase.Draining => Time.Now + Time.Millisecond,
        _ => long.MaxValue,
    };

    public void Start(IReadOnlyList<ITraffic> sources)
    {
        _earlier = SourceTotals();
        _sources = sources;
        _phase = Phase.Playing;
        (_lastOut, _longestGap) = (0, 0);
    }

    /// <summary>Stops offering. The event "stopped" follows when the chain is empty or the time is over.</summary>
    public void Stop(int drainMilliseconds)
    {
        NoteGap(Time.Now);
        _phase = Phase.Draining;
        _lastArrival = Time.Now;
        _drainUntil = _lastArrival + drainMilliseconds * Time.Millisecond;
    }

    /// <summary>Offers what is due.</summary>
    /// <returns>Frames offered.</returns>
    public int Step()
    {
        FollowRuler();
        var offered = 0;
        if (_phase == Phase.Playing && wires.Ruler is { } ruler)
        {
            var now = Time.Now;
            for (var i = 0; i < _sources.Count && now >= _fullUntil; i++)
            {
                _sources[i].Tick(now);
                offered += Offer(_sources[i], ruler);
            }

            if (offered > 0) ruler.PublishSent();
        }

        if (_phase == Phase.Draining && (IsDrained || Time.Now >= _drainUntil)) Finish();
        return offered;
    }

    public void Accepted(Node node, Direction direction, in WireRecord record)
    {
        journal.Accepted(node.Number, direction, record);
        if (record.Tag == WireRecord.TickTag)
        {
            _ticks++;
            return;
        }

        _accepted++;
        node.Tags.Add(record.Clock, record.Tag);
    }

    public void CameOut(Node node, Direction direction, ulong clock, uint term, ReadOnlySpan<byte> frame, Arrival at)
    {
        journal.CameOut(node.Number, direction, clock, term, at.Wall, frame);
        _out++;
        _lastArrival = at.Now;
        if (_phase == Phase.Playing) NoteGap(at.Now);
        // The record is on the wire before its frame enters the chain, but may not have been read yet.
        if (!node.Tags.TryTake(clock, out var tag))
        {
            node.ReadRecords(this);
            if (!node.Tags.TryTake(clock, out tag)) tag = ulong.MaxValue;
        }

        if (_inFlight.TryTake(tag, out var sent)) sent.Source.CameOut(sent.Step, frame, at.Now);
        else _late++;
    }

    /// <summary>All totals since the program began.</summary>
    public JsonObject Totals()
    {
        var totals = SourceTotals();
        return new JsonObject
        {
            ["sent"] = _sent,
            ["refused"] = _refused,
            ["accepted"] = _accepted,
            ["ticks"] = _ticks,
            ["out"] = _out,
            ["late"] = _late,
            ["inside"] = _ruler is null ? 0 : _ruler.Sent - _ruler.Released,
            ["flowsCompleted"] = totals.FlowsCompleted,
            ["flowsBroken"] = totals.FlowsBroken,
            ["exchangesCompleted"] = totals.ExchangesCompleted,
            ["exchangesSpoilt"] = totals.ExchangesSpoilt,
            ["mappingChanged"] = totals.MappingChanged,
            ["badFrames"] = totals.BadFrames,
            ["longestGapMs"] = Math.Round(_longestGap / (double)Time.Millisecond, 3),
        };
    }

    // Without a ruler nothing was ever sent. What an NF dropped never comes out, so quiet has to be enough.
    private bool IsDrained => _ruler is null || _ruler.Released >= _ruler.Sent
        || (_ruler.Accepted >= _ruler.Sent && Time.Now - _lastArrival > Quiet);

    private TrafficTotals SourceTotals() => _sources.Aggregate(_earlier, (sum, source) => sum + source.Totals);

    private long SourcesDue()
    {
        var due = long.MaxValue;
        for (var i = 0; i < _sources.Count; i++) due = Math.Min(due, _sources[i].Due);
        return due;
    }

    private int Offer(ITraffic source, Node ruler)
    {
        var offered = 0;
        for (; offered < BurstFrames; offered++)
        {
            var length = source.Next(_buffer, out var direction, out var step);
            if (length == 0) break;
            var tag = nextTag();
            var frame = _buffer.AsSpan(0, length);
            if (!ruler.TrySend(direction, frame, tag))
            {
                _refused++;
                source.Refused(step);
                _fullUntil = Time.Now + WhileFull;
                break;
            }

            _sent++;
            journal.Offered(ruler.Number, direction, tag, frame);
            _inFlight.Add(tag, new Sent(source, step));
        }

        return offered;
    }

    /// <summary>What was sent to a node that does not rule any more, and did not come out, is given up.</summary>
    private void FollowRuler()
    {
        // While nobody rules yet, the old ruler's last frames may still be on their way to us.
        if (wires.Ruler is not { } ruler || ruler == _ruler) return;
        if (_ruler is not null)
        {
            wires.Empty(_ruler, this);
            _inFlight.LoseAll();
            if (ruler.BeganAnew)
            {
                foreach (var source in _sources) source.StateLost();
            }
        }

        _ruler = ruler;
    }

    private void Finish()
    {
        _phase = Phase.Idle;
        journal.Flush();
        events.Emit("stopped", Totals());
    }

    private enum Phase
    {
        Idle,
        Playing,
        Draining,
    }

    private void NoteGap(long now)
    {
        if (_lastOut > 0) _longestGap = Math.Max(_longestGap, now - _lastOut);
        _lastOut = now;
    }
}
