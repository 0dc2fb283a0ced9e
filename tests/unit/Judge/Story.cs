using Holdfast.Journal;
using Holdfast.Judge;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>
/// Tells the story of a run with honest nodes, as a list of journal entries. A test spoils some of them and looks at
/// what the judge says.
/// </summary>
internal sealed class Story : IDisposable
{
    private const long Second = 1_000_000_000, Begin = 1_700_000_000 * Second;

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-judge-").FullName;
    private readonly List<(Direction Direction, byte[]? Frame, long Time, ulong Clock)> _inputs = [];
    private List<(Direction Direction, byte[]? Frame, long Time, ulong Clock)> _kept = [];
    private InProcessChain _chain;
    private ushort _node, _nodes;
    private ulong _term, _clock, _tag;
    private long _time = Begin;

    public Story() => _chain = NewChain();

    public List<Entry> Entries { get; } = [];

    public ulong LastClock => _clock;

    public IReadOnlyList<StateBlock> Blocks => _chain.Blocks;

    /// <summary>A node plugs in, and rules.</summary>
    public Story Rule(AnnouncementKind kind = AnnouncementKind.Started, ulong covered = 0)
    {
        Entries.Add(new NodeEntry($"node{_nodes}", 100 + _nodes));
        _node = _nodes++;
        return Announce(kind, covered);
    }

    /// <summary>The node that rules takes another term.</summary>
    public Story Announce(AnnouncementKind kind, ulong covered)
    {
        _term++;
        if (kind == AnnouncementKind.Started) (_clock, covered) = (0, 0);
        Entries.Add(new AnnouncedEntry(_node, new Announcement
        {
            Term = _term, Kind = kind, CoveredClock = covered, ClockBase = _clock, Time = _time,
        }));
        _inputs.RemoveAll(input => input.Clock > covered);
        if (kind == AnnouncementKind.WentAlone) return this;
        Rebuild();
        return this;
    }

    /// <summary>The node that rules will be succeeded, and keeps its state.</summary>
    public Story Keep()
    {
        _kept = [.. _inputs];
        return this;
    }

    /// <summary>The successor's state is lost, and the node that kept its own rules again, plugged in anew.</summary>
    /// <param name="name">Of the process that it says it is.</param>
    /// <param name="processId">The same.</param>
    public Story Resume(string name = "node0", int processId = 100)
    {
        Entries.Add(new NodeEntry(name, processId));
        _node = _nodes++;
        var covered = _kept[^1].Clock;
        _clock += 1000; // the leap, beyond everything that the successor may have given
        Entries.Add(new AnnouncedEntry(_node, new Announcement
        {
            Term = ++_term, Kind = AnnouncementKind.Resumed, CoveredClock = covered, ClockBase = _clock, Time = _time,
        }));
        _inputs.Clear();
        _inputs.AddRange(_kept);
        Rebuild();
        return this;
    }

    /// <summary>A node's state becomes that after the inputs that count.</summary>
    private void Rebuild()
    {
        _chain.Dispose();
        _chain = NewChain();
        var told = Entries.Count;
        foreach (var (direction, frame, time, clock) in _inputs) Process(direction, frame, time, clock);
        Entries.RemoveRange(told, Entries.Count - told);
    }

    /// <summary>Frames are accepted and come out, left to right and right to left in turn.</summary>
    public Story Send(int frames)
    {
        for (var i = 0; i < frames; i++) Send((Direction)(i & 1));
        return this;
    }

    public Story Send(Direction direction, byte first = 0x02)
    {
        Accept(direction, first);
        var (_, frame, time, clock) = _inputs[^1];
        Process(direction, frame, time, clock);
        return this;
    }

    /// <summary>A frame is accepted, and the node does nothing more.</summary>
    public Story Accept(Direction direction, byte first = 0x02)
    {
        var frame = new byte[64];
        frame[0] = first;
        frame[8] = (byte)_tag;
        Entries.Add(new OfferedEntry(_node, direction, _tag, frame));
        Record(direction, _tag++, frame);
        return this;
    }

    public Story Tick()
    {
        Record(Direction.LeftToRight, WireRecord.TickTag, null);
        _chain.Tick(_time);
        return this;
    }

    /// <summary>Replaces or removes the last entry of its kind that fits.</summary>
    public Story Spoil<T>(Predicate<T> which, Func<T, Entry?> with) where T : Entry
    {
        var at = Entries.FindLastIndex(entry => entry is T it && which(it));
        Assert.That(at, Is.Not.Negative, "the test spoils an entry that is not there");
        var spoilt = with((T)Entries[at]);
        Entries.RemoveAt(at);
        if (spoilt is not null) Entries.Insert(at, spoilt);
        return this;
    }

    public Verdict Judge(params IReadOnlyList<StateDump> dumps)
    {
        using (var journal = new JournalWriter(_directory))
        {
            foreach (var entry in Entries) entry.Write(journal);
        }

        using var evidence = new Evidence(_directory);
        return new Judgement(evidence, CountingFunction.Chain, dumps).Run();
    }

    /// <summary>The state as it is now.</summary>
    public StateDump Dump(ulong clock = StateDump.Everything) => new("standby", clock, new Dictionary<string, byte[]>
    {
        ["first"] = Blocks[0].Data.ToArray(),
        ["second"] = Blocks[1].Data.ToArray(),
    });

    public void Dispose()
    {
        _chain.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Record(Direction direction, ulong tag, byte[]? frame)
    {
        _time += Second / 1000;
        _clock++;
        _inputs.Add((direction, frame, _time, _clock));
        var record = new WireRecord { Tag = tag, Clock = _clock, Time = _time, Term = _term };
        Entries.Add(new AcceptedEntry(_node, direction, record));
    }

    private void Process(Direction direction, byte[]? frame, long time, ulong clock)
    {
        if (frame is null)
        {
            _chain.Tick(time);
            return;
        }

        _chain.Send(direction, frame, time, clock);
        _chain.Run();
    }

    private InProcessChain NewChain() => new(CountingFunction.MakeChain(), (direction, clock, frame) =>
        Entries.Add(new OutEntry(_node, direction, clock, (uint)_term, frame.ToArray())));
}
