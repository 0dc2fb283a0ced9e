using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Transport;

namespace Holdfast.Simulation;

/// <summary>
/// The model network between two nodes: streams that deliver in order, late, in pieces of any size; that break with
/// anything under way lost; that stall while the link is cut, both ways or one; that may flip a byte; and refusals where
/// nobody listens.
/// </summary>
internal sealed class SimNetwork(Random random)
{
    private readonly List<SimStream> _streams = [];
    private readonly List<SimDial> _dials = [];

    public long Now { get; set; }

    /// <summary>Nothing passes; both ends keep their connections until they give up.</summary>
    public bool Cut { get; set; }

    /// <summary>Nothing that this node says passes.</summary>
    public ISimHost? Muted { get; set; }

    /// <summary>Nothing passes to and from this one, while the others hear each other.</summary>
    public ISimHost? Isolated { get; set; }

    /// <summary>Its firewall refuses what it should let in.</summary>
    public ISimHost? Refusing { get; set; }

    private bool Passes(ISimHost from, ISimHost to) =>
        (!Cut || from is not SimNode || to is not SimNode) && Muted != from && Isolated != from && Isolated != to;

    /// <summary>One byte of the next that is sent arrives changed.</summary>
    public bool FlipNext { get; set; }

    public long MaxDelay { get; set; } = UsualDelay;

    public const long UsualDelay = 300_000;

    public SimTransport TransportOf(ISimHost from, ISimHost? to) => new(this, from, to);

    /// <summary>Breaks every connection; a random part of what is under way still arrives.</summary>
    public void BreakAll()
    {
        foreach (var stream in _streams) stream.Break(random);
    }

    /// <summary>A node's process ended: its sockets close.</summary>
    public void Died(ISimHost node)
    {
        foreach (var stream in _streams.Where(s => s.From == node || s.To == node)) stream.Break(random);
        _dials.RemoveAll(d => d.From == node);
    }

    /// <summary>A node's process ended in an orderly way: what it sent still arrives.</summary>
    public void Left(ISimHost node)
    {
        foreach (var stream in _streams.Where(s => s.From == node || s.To == node)) stream.Close();
        _dials.RemoveAll(d => d.From == node);
    }

    /// <summary>Somebody who does not belong here connects and says something.</summary>
    public void Intrude(ISimHost victim, int what)
    {
        var (near, far) = Connect(Stranger.Instance, victim);
        victim.Listening!.Accepted.Enqueue(far);
        var bytes = new byte[MessageHeader.Bytes + what % 300];
        new Random(what).NextBytes(bytes);
        var header = new MessageHeader
        {
            Magic = MessageHeader.ExpectedMagic,
            WireVersion = (ushort)(MessageHeader.CurrentVersion + what % 2),
            Type = (MessageType)(what / 2 % 16),
            TermCounter = (ulong)what,
            PayloadBytes = (uint)(what % 300),
            Pieces = 1,
        };
        header.PayloadCrc = Crc32C.Of(bytes.AsSpan(MessageHeader.Bytes));
        var head = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in header, 1));
        head[..^sizeof(uint)].CopyTo(bytes);
        // One in four is noise from the first byte.
        if (what % 4 != 0) MemoryMarshal.Write(bytes.AsSpan(MessageHeader.Bytes - sizeof(uint)), Crc32C.Of(bytes.AsSpan(0, MessageHeader.Bytes - sizeof(uint))));
        near.TrySend(bytes);
    }

    private sealed class Stranger : ISimHost
    {
        public static readonly Stranger Instance = new();

        public string Name => "stranger";

        public bool IsAlive => true;

        public SimTransport? Listening => null;
    }

    private SimDial Dial(ISimHost from)
    {
        var dial = new SimDial(from, Now + random.NextInt64(MaxDelay));
        _dials.Add(dial);
        return dial;
    }

    private (SimConnection Near, SimConnection Far) Connect(ISimHost from, ISimHost to)
    {
        var there = new SimStream(this, random, from, to);
        var back = new SimStream(this, random, to, from);
        _streams.RemoveAll(s => s.IsFinished);
        _streams.Add(there);
        _streams.Add(back);
        return (new SimConnection(there, back), new SimConnection(back, there));
    }

    internal sealed class SimDial(ISimHost from, long answerAt)
    {
        public ISimHost From => from;

        public long AnswerAt => answerAt;
    }

    internal sealed class SimTransport(SimNetwork network, ISimHost node, ISimHost? peer) : ITransport
    {
        private SimDial? _dial;

        public Queue<SimConnection> Accepted { get; } = new();

        public IConnection? TryAccept() => Accepted.TryDequeue(out var connection) ? connection : null;

        public void Dial() => _dial ??= network.Dial(node);

        public DialOutcome PollDial(out IConnection? connection)
        {
            connection = null;
            if (_dial is null) return DialOutcome.None;
            if (network.Now < _dial.AnswerAt) return DialOutcome.Pending;
            if (!network.Passes(node, peer!) || !network.Passes(peer!, node))
            {
                if (network.Now < _dial.AnswerAt + 20_000_000) return DialOutcome.Pending;
                _dial = null;
                return DialOutcome.Failed;
            }

            _dial = null;
            if (!peer!.IsAlive || network.Refusing == peer) return DialOutcome.Refused;
            var (near, far) = network.Connect(node, peer);
            peer.Listening!.Accepted.Enqueue(far);
            connection = near;
            return DialOutcome.Connected;
        }

        public void Dispose()
        {
        }
    }

    internal sealed class SimConnection(SimStream output, SimStream input) : IConnection
    {
        public int TrySend(ReadOnlySpan<byte> bytes) => output.Write(bytes);

        public int TryReceive(Span<byte> room) => input.Read(room);

        public void Dispose()
        {
            output.Close();
            input.Close();
        }
    }

    /// <summary>One direction of a connection.</summary>
    internal sealed class SimStream(SimNetwork network, Random random, ISimHost from, ISimHost to)
    {
        private const int SocketBuffer = 400_000;
        private readonly Queue<(long At, byte[] Bytes)> _flight = new();
        private byte[] _partly = [];
        private int _inFlight;
        private long _lastAt;
        private bool _closed, _broken;

        public ISimHost From => from;

        public ISimHost To => to;

        public bool IsFinished => (_closed || _broken) && _flight.Count == 0;

        public int Write(ReadOnlySpan<byte> bytes)
        {
            if (_closed || _broken) return -1;
            var taken = Math.Min(bytes.Length, SocketBuffer - _inFlight);
            if (taken <= 0) return 0;
            if (taken > 1 && random.Next(4) == 0) taken = random.Next(1, taken);
            _lastAt = Math.Max(_lastAt, network.Now + random.NextInt64(network.MaxDelay));
            var sent = bytes[..taken].ToArray();
            if (network.FlipNext)
            {
                sent[random.Next(taken)] ^= (byte)(1 << random.Next(8));
                network.FlipNext = false;
            }

            _flight.Enqueue((_lastAt, sent));
            _inFlight += taken;
            return taken;
        }

        public int Read(Span<byte> room)
        {
            var passes = network.Passes(from, to);
            if (_partly.Length == 0 && passes && _flight.Count > 0 && _flight.Peek().At <= network.Now)
                _partly = _flight.Dequeue().Bytes;
            if (_partly.Length == 0) return _flight.Count == 0 && (_closed || _broken) && passes ? -1 : 0;
            var n = Math.Min(room.Length, _partly.Length);
            _partly.AsSpan(0, n).CopyTo(room);
            _partly = _partly[n..];
            _inFlight -= n;
            return n;
        }

        public void Close() => _closed = true;

        /// <summary>Loses the tail of what is under way, cut at any byte.</summary>
        public void Break(Random cut)
        {
            _broken = true;
            var kept = cut.Next(_flight.Count + 1);
            var flight = _flight.ToArray();
            _flight.Clear();
            for (var i = 0; i < kept; i++) _flight.Enqueue(flight[i]);
            if (kept < flight.Length && flight[kept].Bytes.Length > 1)
                _flight.Enqueue((flight[kept].At, flight[kept].Bytes[..cut.Next(1, flight[kept].Bytes.Length)]));
        }
    }
}

/// <summary>A process that others connect to.</summary>
internal interface ISimHost
{
    string Name { get; }

    bool IsAlive { get; }

    /// <summary>Takes the connections that others make.</summary>
    SimNetwork.SimTransport? Listening { get; }
}
