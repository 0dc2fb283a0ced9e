using System.Runtime.InteropServices;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Transport;

namespace Holdfast.Replicator.Arbitration;

/// <summary>A node's connection to the arbiter, made anew whenever it breaks.</summary>
internal sealed class ArbiterLink(ITransport? transport, NodeCore core, long dialInterval, long patience, Action<string> report) : IDisposable
{
    /// <summary>Nanoseconds before who turned this node away, or is no arbiter, is tried again.</summary>
    private const long AfterRefusal = 1_000_000_000;

    private PeerLink? _link;
    private long _now, _nextDial = long.MinValue, _lastHeard;
    private string? _lastComplaint;

    public int DoWork(long now)
    {
        _now = now;
        if (transport is null) return 0;
        if (_link is null) return Connect(transport);
        if (now - _lastHeard >= patience)
        {
            Close("it does not answer");
            return 1;
        }

        return Read(_link);
    }

    public void Greet(in MessageHeader header, in Hello hello) =>
        _link?.Writer.Append(header, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in hello, 1)));

    public void Send(in MessageHeader header)
    {
        if (_link is { Greeted: true } link && link.Writer.HasRoom(0)) link.Writer.Append(header, default);
    }

    public void Flush() => _link?.Flush();

    public void Dispose()
    {
        _link?.Dispose();
        transport?.Dispose();
    }

    private int Connect(ITransport way)
    {
        if (way.PollDial(out var connection) == DialOutcome.Connected)
        {
            _link = new PeerLink(0, true, connection!, _now, Hello.Bytes, KnownBadReader.None);
            _lastHeard = _now;
            core.OnArbiterConnected();
            return 1;
        }

        if (_now < _nextDial) return 0;
        _nextDial = _now + dialInterval;
        way.Dial();
        return 0;
    }

    private int Read(PeerLink link)
    {
        var received = link.Connection.TryReceive(link.Reader.Room());
        if (received == 0) return 0;
        if (received < 0)
        {
            Close(link.Greeted ? "the connection broke" : "it hung up instead of greeting; its log says why");
            return 1;
        }

        _lastHeard = _now;
        link.Reader.Received(received);
        while (_link == link && link.Reader.TryRead(out var header, out var payload))
        {
            if (!link.Greeted && (header.Type != MessageType.Hello || MemoryMarshal.Read<Hello>(payload).Role != NodeRole.Arbiter))
            {
                Close("what answers there is no arbiter; check `arbiter`");
                return 1;
            }

            link.Greeted = true;
            _lastComplaint = null;
            core.OnArbiterMessage(header);
        }

        if (_link == link && link.Reader.Error is { } error) Close(error);
        return 1;
    }

    private void Close(string why)
    {
        // Before it has greeted, the same would be said again and again.
        if (why != _lastComplaint) report($"closes its connection to the arbiter: {why}");
        if (_link is { Greeted: false })
        {
            _lastComplaint = why;
            _nextDial = _now + AfterRefusal;
        }

        _link?.Dispose();
        _link = null;
        core.OnArbiterClosed();
    }
}
