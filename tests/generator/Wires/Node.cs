using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Generator.Wires;

/// <summary>One life of a node: the process that plugged in up to two wires. They are kept until they are empty.
/// </summary>
internal sealed class Node(string name, int processId, ushort number) : IDisposable
{
    private const int OutputsAtOnce = 64;

    private readonly PluggedWire?[] _inputs = new PluggedWire?[2]; // by the direction that enters there
    private readonly bool[] _ended = new bool[2];

    public string Name => name;

    public int ProcessId => processId;

    /// <summary>What the journal calls it.</summary>
    public ushort Number => number;

    /// <summary>The highest term it announced; 0 when none.</summary>
    public ulong Term { get; set; }

    /// <summary>It rules without the state that the ruler before it had.</summary>
    public bool BeganAnew { get; set; }

    /// <summary>The last term of which a frame came out.</summary>
    public ulong LastOutTerm { get; private set; }

    /// <summary>Frames put on its wires, accepted by it (not ticks), and released by it.</summary>
    public long Sent { get; private set; }

    public long Accepted { get; private set; }

    public long Released { get; private set; }

    /// <summary>The tags of what it accepted.</summary>
    public TagTable Tags { get; } = new();

    /// <summary>All its wires' other ends are gone.</summary>
    public bool IsGone => (_inputs[0] is null || _ended[0]) && (_inputs[1] is null || _ended[1]);

    public bool IsCorrupt => _inputs[0] is { End.IsCorrupt: true } || _inputs[1] is { End.IsCorrupt: true };

    /// <summary>Whether released frames wait on a wire.</summary>
    public bool HasFrames => _inputs[0] is { End.HasFrames: true } || _inputs[1] is { End.HasFrames: true };

    /// <summary>Wires whose other end lives.</summary>
    public IEnumerable<(Direction Direction, PluggedWire Wire)> Living =>
        Enumerable.Range(0, 2)
            .Where(i => _inputs[i] is not null && !_ended[i])
            .Select(i => ((Direction)i, _inputs[i]!));

    /// <summary>Adds the wire through which a direction enters; false when there is one already.</summary>
    public bool TryPlug(Direction direction, PluggedWire wire)
    {
        if (_inputs[(int)direction] is not null) return false;
        _inputs[(int)direction] = wire;
        return true;
    }

    public void End(Direction direction) => _ended[(int)direction] = true;

    /// <summary>Puts a frame on the wire where a direction enters; false when it is full or not plugged.</summary>
    public bool TrySend(Direction direction, ReadOnlySpan<byte> frame, ulong tag)
    {
        if (_inputs[(int)direction] is not { } wire || !wire.End.TrySend(frame, tag)) return false;
        Sent++;
        return true;
    }

    public void PublishSent()
    {
        foreach (var wire in _inputs) wire?.End.PublishSent();
    }

    public bool TryReadAnnouncement(out Announcement announcement)
    {
        announcement = default;
        foreach (var wire in _inputs)
        {
            if (wire is not null && wire.End.TryReadAnnouncement(out announcement)) return true;
        }

        return false;
    }

    /// <summary>Reads all records that are there.</summary>
    public int ReadRecords(IArrivals arrivals)
    {
        var read = 0;
        for (var i = 0; i < 2; i++)
        {
            if (_inputs[i] is not { } wire) continue;
            for (; wire.End.TryReadRecord(out var record); read++)
            {
                if (record.Tag != WireRecord.TickTag) Accepted++;
                arrivals.Accepted(this, (Direction)i, record);
            }
        }

        return read;
    }

    /// <summary>Reads some of the released frames.</summary>
    /// <returns>How many; 0 when there was none.</returns>
    public int ReadOutputs(IArrivals arrivals, Action<Node, uint, Arrival> firstOfTerm)
    {
        var read = 0;
        for (var i = 0; i < 2; i++)
        {
            // What crosses from left to right comes out of the wire where right to left enters.
            if (_inputs[1 - i] is not { } wire || !wire.End.HasFrames) continue;
            var at = Arrival.AtThisMoment;
            for (var n = 0; n < OutputsAtOnce; n++, read++)
            {
                if (!wire.End.TryPeek(out var frame, out var clock, out var term)) break;
                if (term != LastOutTerm)
                {
                    LastOutTerm = term;
                    firstOfTerm(this, term, at);
                }

                Released++;
                arrivals.CameOut(this, (Direction)i, clock, term, frame, at);
                wire.End.Take(frame.Length);
            }
        }

        return read;
    }

    public void AnnounceSleep()
    {
        foreach (var wire in _inputs) wire?.End.AnnounceSleep();
    }

    public void CancelSleep()
    {
        foreach (var wire in _inputs) wire?.End.CancelSleep();
    }

    /// <summary>Unplugs it; from then on it takes and gives nothing.</summary>
    public void Dispose()
    {
        for (var i = 0; i < 2; i++)
        {
            _inputs[i]?.Dispose();
            _inputs[i] = null;
        }
    }
}
