using System.Runtime.InteropServices;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Transport;

namespace Holdfast.Replicator.Arbitration;

/// <summary>Where an arbiter's record is kept.</summary>
public interface IArbiterDisk
{
    /// <summary>Writes the record and returns when it would survive a crash of the machine.</summary>
    void Write(in ArbiterRecord record);
}

/// <summary>The arbiter's loop: carries messages between the nodes' connections and <see cref="ArbiterCore"/>.</summary>
public sealed class ArbiterAgent : IArbiterEffects, IDisposable
{
    /// <summary>Two nodes, their next connections, and some from strangers.</summary>
    private const int MaxLinks = 16;

    /// <summary>Nodes speak at least every minute; who is silent for this long, in nanoseconds, is gone.</summary>
    private const long SilentPatience = 180_000_000_000;

    private readonly ITransport _transport;
    private readonly IArbiterDisk _disk;
    private readonly Action<string> _report;
    private readonly long _greetingPatience;
    private readonly List<PeerLink> _links = [];
    private int _lastLink;

    public ArbiterAgent(NodeId me, IEnumerable<string> nodes, Incarnation incarnation, in ArbiterRecord record, ITransport transport, IArbiterDisk disk,
        long greetingPatience, Action<string> report)
    {
        (_transport, _disk, _report, _greetingPatience) = (transport, disk, report, greetingPatience);
        Core = new ArbiterCore(me, nodes, incarnation, record, this);
    }

    public ArbiterCore Core { get; }

    /// <summary>Does what can be done now.</summary>
    /// <returns>0 when there was nothing to do.</returns>
    public int DoWork(long now)
    {
        var work = 0;
        while (_transport.TryAccept() is { } accepted)
        {
            if (_links.Count >= MaxLinks) Drop(_links.Find(link => !link.Greeted) ?? _links[0]);
            _links.Add(new PeerLink(++_lastLink, false, accepted, now, Hello.Bytes, KnownBadReader.None));
            work++;
        }

        foreach (var link in _links.ToArray())
        {
            if (now - link.LastHeard >= (link.Greeted ? SilentPatience : _greetingPatience)) Drop(link);
            else work += Read(link, now);
        }

        foreach (var link in _links) link.Flush();
        return work;
    }

    public void Dispose()
    {
        foreach (var link in _links) link.Dispose();
        _links.Clear();
    }

    private int Read(PeerLink link, long now)
    {
        var received = link.Connection.TryReceive(link.Reader.Room());
        if (received == 0) return 0;
        if (link.Greeted) link.LastHeard = now;
        if (received < 0)
        {
            Drop(link);
            return 1;
        }

        link.Reader.Received(received);
        while (_links.Contains(link) && link.Reader.TryRead(out var header, out var payload))
        {
            if (header.Type == MessageType.Hello)
            {
                link.Greeted = true;
                Core.OnHello(link.Number, header, MemoryMarshal.Read<Hello>(payload));
            }
            else
            {
                Core.OnMessage(link.Number, header);
            }
        }

        if (link.Reader.Error is { } error && _links.Contains(link)) Close(link.Number, error);
        return 1;
    }

    private void Drop(PeerLink link)
    {
        _links.Remove(link);
        link.Dispose();
        Core.OnClosed(link.Number);
    }

    private PeerLink? LinkOf(int number) => _links.Find(link => link.Number == number);

    void IArbiterEffects.Persist(in ArbiterRecord record) => _disk.Write(record);

    void IArbiterEffects.Send(int connection, in MessageHeader header)
    {
        if (LinkOf(connection) is { } link && link.Writer.HasRoom(0)) link.Writer.Append(header, default);
    }

    void IArbiterEffects.SendHello(int connection, in MessageHeader header, in Hello hello)
    {
        if (LinkOf(connection) is { } link && link.Writer.HasRoom(Hello.Bytes))
            link.Writer.Append(header, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in hello, 1)));
    }

    /// <summary>Closes a connection and says why.</summary>
    public void Close(int connection, string why)
    {
        if (LinkOf(connection) is not { } link) return;
        _report($"closes connection {connection}: {why}");
        link.Flush();
        Drop(link);
    }

    void IArbiterEffects.Report(string what) => _report(what);
}
