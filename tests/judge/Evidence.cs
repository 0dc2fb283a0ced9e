using System.Runtime.InteropServices;
using Holdfast.Journal;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Judge;

/// <summary>A record of an accepted frame or a tick.</summary>
internal readonly record struct Input(
    ulong Clock, long Time, ulong Term, long FrameEntry, ushort Node, Direction Direction)
{
    /// <summary>Instead of an entry of the journal.</summary>
    public const long Tick = -1, UnknownFrame = -2, FrameUsedBefore = -3;

    public bool IsTick => FrameEntry == Tick;
}

/// <summary>A frame that came out.</summary>
internal readonly record struct Output(ulong Clock, long Entry, uint Term, ushort Node, Direction Direction);

internal sealed record Announced(ushort Node, Announcement Announcement);

/// <summary>A journal in memory: all but the frames, which stay in the file. Lists are in the journal's order.
/// </summary>
internal sealed class Evidence : IDisposable
{
    private readonly JournalReader _journal;
    private readonly List<(string Name, int ProcessId)> _nodes = [];
    private readonly List<Input> _inputs = [];
    private readonly List<Output> _outputs = [];
    private readonly List<Announced> _announcements = [];

    /// <param name="directory">Where the generator wrote its journal.</param>
    /// <exception cref="JournalException">There is none, it is damaged, or it does not hold everything.</exception>
    public Evidence(string directory)
    {
        _journal = new JournalReader(directory);
        try
        {
            Read();
        }
        catch
        {
            _journal.Dispose();
            throw;
        }
    }

    public ReadOnlySpan<Input> Inputs => CollectionsMarshal.AsSpan(_inputs);

    public ReadOnlySpan<Output> Outputs => CollectionsMarshal.AsSpan(_outputs);

    public IReadOnlyList<Announced> Announcements => _announcements;

    /// <summary>A node's life in words.</summary>
    public string NameOf(ushort node) => node < _nodes.Count
        ? $"{_nodes[node].Name} (process {_nodes[node].ProcessId})"
        : $"node {node}";

    /// <summary>The frame of an entry, in place.</summary>
    public ReadOnlySpan<byte> Frame(long entry) => _journal.At(entry).Frame;

    public void Dispose() => _journal.Dispose();

    private void Read()
    {
        var offered = new Dictionary<ulong, long>();
        while (_journal.TryRead(out var entry))
        {
            switch (entry.Kind)
            {
                case EntryKind.Node:
                    _nodes.Add((entry.Name, entry.ProcessId));
                    break;
                case EntryKind.Offered:
                    offered[entry.Tag] = entry.Offset;
                    break;
                case EntryKind.Accepted:
                    AddInput(entry, offered);
                    break;
                case EntryKind.CameOut:
                    var (output, node) = (entry.Output, entry.NodeNumber);
                    _outputs.Add(new Output(output.Clock, entry.Offset, output.Term, node, entry.Direction));
                    break;
                case EntryKind.Announced:
                    _announcements.Add(new Announced(entry.NodeNumber, entry.Announcement));
                    break;
                default:
                    throw new JournalException(
                        "the journal says that a measurement load ran, of which it holds nothing, so the chain's " +
                        "state can not be known; measure with a generator and nodes of their own");
            }
        }
    }

    private void AddInput(in JournalEntry entry, Dictionary<ulong, long> offered)
    {
        var record = entry.Record;
        var frame = Input.Tick;
        if (record.Tag != WireRecord.TickTag)
        {
            // A frame is sent before it can be accepted, and counts once.
            ref var sent = ref CollectionsMarshal.GetValueRefOrNullRef(offered, record.Tag);
            frame = System.Runtime.CompilerServices.Unsafe.IsNullRef(ref sent) ? Input.UnknownFrame : sent;
            if (frame != Input.UnknownFrame) sent = Input.FrameUsedBefore;
        }

        _inputs.Add(new Input(record.Clock, record.Time, record.Term, frame, entry.NodeNumber, entry.Direction));
    }
}
