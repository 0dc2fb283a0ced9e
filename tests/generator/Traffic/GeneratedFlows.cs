using Holdfast.NfLib.Packets;

namespace Holdfast.Generator.Traffic;

/// <summary>
/// UDP flows that take turns: a flow asks a few questions, and when all of them came out on the right it answers a few
/// from there, to the outside address that it learned; when those came out on the left it asks again. So both
/// directions of a flow are never inside the chain together.
/// </summary>
internal sealed class GeneratedFlows : ITraffic
{
    public const int MaxFlows = 4096;

    private const int Questions = 8, Answers = 4, FlowBits = 16;
    private const int SmallFrame = 64, LargeFrame = 1024, LargeOneIn = 16;

    // A packet that the chain drops never comes out. Longer than any takeover, so that what is late is not taken for
    // lost.
    private const long Patience = 2 * Time.Second, PatienceCheck = 50 * Time.Millisecond;
    private const long WhileWaiting = 5 * Time.Millisecond;

    private static readonly Endpoint Peer = new(0xC612_0001, 7); // 198.18.0.1, echo

    private readonly Flow[] _flows;
    private readonly Pacer _pacer;
    private readonly Random _random;
    private int _at, _allowed;
    private bool _allWait;
    private long _now, _nextCheck;
    private long _completed, _spoilt, _mappingChanged, _badFrames;

    /// <param name="rate">Packets a second, both directions together.</param>
    /// <param name="flows">How many, 1 to 4,096.</param>
    /// <param name="seed">Which questions are large; the same seed gives the same traffic.</param>
    /// <param name="now">When to begin.</param>
    public GeneratedFlows(double rate, int flows, int seed, long now)
    {
        _pacer = new Pacer(rate, now);
        _random = new Random(seed);
        _flows = new Flow[flows];
        for (var i = 0; i < flows; i++) _flows[i] = new Flow { Left = Questions };
        _now = now;
    }

    public TrafficTotals Totals => new()
    {
        ExchangesCompleted = _completed,
        ExchangesSpoilt = _spoilt,
        MappingChanged = _mappingChanged,
        BadFrames = _badFrames,
    };

    public long Due => _allWait ? _now + WhileWaiting : _pacer.Due;

    public void Tick(long now)
    {
        _now = now;
        _allowed = _pacer.Allowed(now);
        if (now < _nextCheck) return;
        _nextCheck = now + PatienceCheck;
        foreach (ref var flow in _flows.AsSpan())
        {
            if (flow.Left > 0 || now - flow.Since < Patience) continue;
            flow.Spoiled = true;
            NextTurn(ref flow);
        }
    }

    public int Next(Span<byte> buffer, out Direction direction, out ulong step)
    {
        (direction, step) = (default, 0);
        if (_allowed == 0) return 0;
        _allWait = !FindReady();
        if (_allWait) return 0;
        _allowed--;
        _pacer.Spend(1);
        ref var flow = ref _flows[_at];
        flow.Left--;
        flow.InFlight++;
        flow.Since = _now;
        step = flow.Turn << FlowBits | (uint)_at;
        direction = flow.Answering ? Direction.RightToLeft : Direction.LeftToRight;
        var payload = new Payload
        {
            Sent = _now,
            Sequence = flow.Sequence++,
            Flow = (ushort)_at,
            Kind = flow.Answering ? PayloadKind.Answer : PayloadKind.Question,
            Magic = Payload.ExpectedMagic,
        };
        var frame = buffer[..(_random.Next(LargeOneIn) == 0 ? LargeFrame : SmallFrame)];
        if (flow.Answering) UdpFrame.Write(frame, fromLeft: false, Peer, flow.Outside, payload);
        else UdpFrame.Write(frame, fromLeft: true, InsideOf(_at), Peer, payload);
        return frame.Length;
    }

    public void Refused(ulong step) => Lost(step);

    public void Lost(ulong step)
    {
        ref var flow = ref FlowOf(step, out _);
        if (flow.Turn != step >> FlowBits) return;
        flow.Spoiled = true;
        OneLess(ref flow);
    }

    public void StateLost()
    {
        foreach (ref var flow in _flows.AsSpan())
        {
            flow.Spoiled |= flow.InFlight > 0 || flow.Answering;
            flow.Outside = default;
            NextTurn(ref flow);
        }
    }

    public void CameOut(ulong step, ReadOnlySpan<byte> frame, long now)
    {
        ref var flow = ref FlowOf(step, out var index);
        if (!UdpFrame.TryRead(frame, out var from, out var to, out var payload) || payload.Flow != index
            || !UdpFrame.ChecksumsHold(frame))
            _badFrames++;
        else
            CheckMapping(ref flow, index, payload.Kind, from, to);
        // What comes out after it was given up belongs to an earlier turn.
        if (flow.Turn != step >> FlowBits) return;
        flow.Since = now;
        OneLess(ref flow);
    }

    private static Endpoint InsideOf(int index) =>
        new(0x0AFA_0001 + (uint)(index / 16), (ushort)(40_000 + index)); // 10.250.0.1 and up

    private void CheckMapping(ref Flow flow, int index, PayloadKind kind, Endpoint from, Endpoint to)
    {
        if (kind == PayloadKind.Answer)
        {
            if (to != InsideOf(index)) _mappingChanged++;
            return;
        }

        if (flow.Outside != default && flow.Outside != from) _mappingChanged++;
        flow.Outside = from;
    }

    private void OneLess(ref Flow flow)
    {
        flow.InFlight--;
        if (flow.InFlight == 0 && flow.Left == 0) NextTurn(ref flow);
    }

    private void NextTurn(ref Flow flow)
    {
        if (flow.Spoiled) _spoilt++;
        else if (flow.Answering) _completed++;
        flow.Answering = !flow.Answering && flow.Outside != default;
        flow.Left = flow.Answering ? Answers : Questions;
        flow.InFlight = 0;
        flow.Spoiled = false;
        flow.Turn++;
        _allWait = false;
    }

    private bool FindReady()
    {
        for (var i = 0; i < _flows.Length; i++)
        {
            if (++_at >= _flows.Length) _at = 0;
            if (_flows[_at].Left > 0) return true;
        }

        return false;
    }

    private ref Flow FlowOf(ulong step, out int index)
    {
        index = (int)(step & (1 << FlowBits) - 1);
        return ref _flows[index];
    }

    private struct Flow
    {
        public Endpoint Outside;
        public ulong Turn;
        public long Since;
        public uint Sequence;
        public int Left, InFlight;
        public bool Answering, Spoiled;
    }
}
