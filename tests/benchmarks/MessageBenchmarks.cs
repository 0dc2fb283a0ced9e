using BenchmarkDotNet.Attributes;
using Holdfast.Replicator.Messages;

namespace Holdfast.Benchmarks;

/// <summary>The codec of messages between nodes: header, CRCs and copies, without a socket.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private readonly MessageReader _reader = new(1 << 20);
    private readonly MessageWriter _writer = new(2 << 20);
    private byte[] _payload = [];

    /// <summary>Bytes: a heartbeat, a small checkpoint, a full block, three full blocks (in pieces).</summary>
    [Params(0, 1024, 65_536, 3 * 65_536 + 4096)]
    public int Payload { get; set; }

    [GlobalSetup]
    public void Make()
    {
        _payload = new byte[Payload];
        new Random(1).NextBytes(_payload);
        if (WriteAndRead() != Payload) throw new InvalidOperationException("the message did not come through");
    }

    [Benchmark]
    public int WriteAndRead()
    {
        _writer.Append(new MessageHeader { Type = MessageType.Prepare, Checkpoint = 1 }, _payload);
        var read = -1;
        while (read < 0 && _writer.Pending.Length > 0)
        {
            var part = _writer.Pending;
            var room = _reader.Room();
            var moved = Math.Min(part.Length, room.Length);
            part[..moved].CopyTo(room);
            _reader.Received(moved);
            _writer.Sent(moved);
            if (_reader.TryRead(out _, out var payload)) read = payload.Length;
        }

        return read;
    }
}
