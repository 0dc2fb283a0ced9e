using Holdfast.Journal;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Generator.Wires;

/// <summary>All nodes that ever plugged in, and which of them rules: the one that announced the highest term.</summary>
internal sealed class FarEnd : IDisposable
{
    // Records alone (ticks) ring no bell, so they are read this often.
    private const long MaxSleep = 10 * Time.Millisecond;

    private readonly WireListener _listener;
    private readonly JournalWriter _journal;
    private readonly Events _events;
    private readonly Action<Node, uint, Arrival> _firstOut;
    private readonly List<Node> _nodes = [];
    private Libc.PollFd[] _poll = [];
    private long _nextLook;

    public FarEnd(string socketPath, JournalWriter journal, Events events)
    {
        _listener = new WireListener(socketPath);
        _journal = journal;
        _events = events;
        _firstOut = events.FirstOut;
        RebuildPoll();
    }

    /// <summary>Where packets are sent; null before the first announcement and after the ruler's death.</summary>
    public Node? Ruler { get; private set; }

    /// <summary>The highest term that was announced, and by whom.</summary>
    public (ulong Term, string Node) Highest { get; private set; } = (0, "");

    /// <summary>Reads what nodes announced, accepted and released.</summary>
    /// <returns>How much there was; 0 when there was nothing.</returns>
    public int Poll(IArrivals arrivals)
    {
        var work = 0;
        // Under a load that never lets us sleep, nodes that come and go must be noticed too.
        if (Time.Now >= _nextLook) Look(0);
        for (var i = _nodes.Count - 1; i >= 0; i--)
        {
            var node = _nodes[i];
            // Gone is looked at first: what a node wrote before it died is there when its socket has ended.
            var gone = node.IsGone;
            var read = ReadAnnouncements(node) + node.ReadRecords(arrivals) + node.ReadOutputs(arrivals, _firstOut);
            if (read == 0 && (gone || node.IsCorrupt)) Forget(node);
            work += read;
        }

        return work;
    }

    /// <summary>Reads everything that a node has accepted and released by now.</summary>
    public void Empty(Node node, IArrivals arrivals)
    {
        while (node.ReadRecords(arrivals) + node.ReadOutputs(arrivals, _firstOut) > 0)
        {
        }
    }

    /// <summary>Sleeps until a node released something, plugs in or out, <see cref="Wake"/> is called, or the time is
    /// over.</summary>
    public void Sleep(long nanoseconds)
    {
        foreach (var node in _nodes) node.AnnounceSleep();
        Look(AnyFrames() ? 0 : Math.Clamp(nanoseconds, 0, MaxSleep));
        foreach (var node in _nodes) node.CancelSleep();
    }

    /// <summary>Ends a sleep, from any thread.</summary>
    public void Wake() => _listener.Wake();

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        _listener.Dispose();
    }

    private unsafe void Look(long timeoutNanoseconds)
    {
        var timeout = new Libc.TimeSpec { Nanoseconds = timeoutNanoseconds };
        int ready;
        // Safe: the array is pinned, its length is passed with it.
        fixed (Libc.PollFd* fds = _poll) ready = Libc.PPoll(fds, (nuint)_poll.Length, &timeout, null);
        _nextLook = Time.Now + Time.Millisecond;
        if (ready <= 0) return;
        if (_poll[0].Returned != 0) _listener.Drain();
        var changed = false;
        while (_poll[1].Returned != 0 && _listener.TryAccept() is { } wire) changed |= Plug(wire);
        for (var i = 2; i < _poll.Length; i++) changed |= _poll[i].Returned != 0 && NoteEnds(_poll[i].Fd);
        if (changed) RebuildPoll();
    }

    private bool AnyFrames()
    {
        foreach (var node in _nodes)
        {
            if (node.HasFrames) return true;
        }

        return false;
    }

    private bool Plug(PluggedWire wire)
    {
        var hello = wire.Hello;
        if (hello.Port is not ("left" or "right"))
        {
            _events.Error($"node {hello.Node} plugs in a port '{hello.Port}'; ports are called left and right");
            wire.Dispose();
            return false;
        }

        var direction = hello.Port == "left" ? Direction.LeftToRight : Direction.RightToLeft;
        var node = _nodes.Find(n => n.Name == hello.Node && n.ProcessId == hello.ProcessId && !n.IsGone);
        if (node is null || !node.TryPlug(direction, wire))
        {
            node = new Node(hello.Node, hello.ProcessId, _journal.Node(hello.Node, hello.ProcessId));
            node.TryPlug(direction, wire);
            _nodes.Add(node);
        }

        _events.Plugged(hello);
        return true;
    }

    private bool NoteEnds(int fd)
    {
        foreach (var node in _nodes)
        {
            foreach (var (direction, wire) in node.Living)
            {
                if (wire.Socket.Fd != fd) continue;
                if (wire.Socket.Receive()) return false;
                node.End(direction);
                if (Ruler == node) Ruler = null;
                _events.Unplugged(wire.Hello);
                return true;
            }
        }

        return false;
    }

    private int ReadAnnouncements(Node node)
    {
        var read = 0;
        for (; node.TryReadAnnouncement(out var announcement); read++)
        {
            // A node says it on both of its wires.
            if (announcement.Term <= node.Term) continue;
            node.Term = announcement.Term;
            node.BeganAnew |= announcement.Kind is AnnouncementKind.Started or AnnouncementKind.Resumed;
            _journal.Announced(node.Number, announcement);
            _events.Announced(node, announcement);
            if (announcement.Term <= Highest.Term) continue;
            Highest = (announcement.Term, node.Name);
            Ruler = node.IsGone ? null : node;
        }

        return read;
    }

    private void Forget(Node node)
    {
        if (node.IsCorrupt)
            _events.Error($"node {node.Name} wrote an impossible length or position on its wire; it is unplugged");
        if (Ruler == node) Ruler = null;
        _nodes.Remove(node);
        node.Dispose();
        RebuildPoll();
    }

    private void RebuildPoll()
    {
        var fds = new List<int> { _listener.EventFd, _listener.Fd };
        fds.AddRange(_nodes.SelectMany(node => node.Living).Select(living => living.Wire.Socket.Fd));
        _poll = [.. fds.Select(fd => new Libc.PollFd { Fd = fd, Events = Libc.POLLIN })];
    }
}
