using System.Text.Json.Nodes;
using Holdfast.Generator.Traffic;
using Holdfast.NfLib.Measuring;
using Holdfast.Generator.Wires;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Generator.Load;

/// <summary>
/// Load for measuring: questions from the left at a rate, and an answer from the right to every second one as soon as
/// it came out. Nothing of it is journaled, and nothing is allocated per packet. A latency is the time from sending to
/// coming out, both seen here.
/// </summary>
internal sealed class MeasurementLoad : IArrivals
{
    // Answers are a third of all packets.
    private const double QuestionShare = 2.0 / 3.0;
    private const long Quiet = 300 * Time.Millisecond, AtMost = 2 * Time.Second;
    private const int BurstFrames = Pacer.MaxBurst;

    private readonly LoadFlow[] _flows;
    private readonly Pacer? _pacer;
    private readonly Func<ulong> _nextTag;
    private readonly LatencyHistogram _latencies = new();
    private readonly byte[] _buffer = new byte[UdpFrame.MaxBytes];
    private readonly Node _ruler;
    private readonly long _begin, _end;
    private readonly int _frameBytes;
    private long _offered, _refused, _received, _receivedInTime, _last;
    private int _at, _answers;
    private bool _ringFull;

    public MeasurementLoad(Command command, Node ruler, Func<ulong> nextTag)
    {
        _frameBytes = command.FrameBytes;
        _flows = [.. Enumerable.Range(0, command.Flows).Select(i => new LoadFlow(i, _frameBytes))];
        _nextTag = nextTag;
        _ruler = ruler;
        _begin = _last = Time.Now;
        _end = _begin + (long)(command.Seconds * Time.Second);
        _pacer = command.Rate > 0 ? new Pacer(command.Rate * QuestionShare, _begin) : null;
    }

    /// <summary>When <see cref="Step"/> has something to do although nothing arrives.</summary>
    public long Due => Time.Now < _end && !_ringFull ? _pacer?.Due ?? 0 : Time.Now + Time.Millisecond / 2;

    /// <summary>All was offered, and all came out or nothing does any more.</summary>
    public bool IsDone
    {
        get
        {
            var now = Time.Now;
            if (now < _end) return false;
            return _received >= _offered - _refused || now - _last > Quiet || now - _end > AtMost;
        }
    }

    /// <summary>Offers what is due.</summary>
    /// <returns>Frames offered.</returns>
    public int Step()
    {
        var now = Time.Now;
        _ringFull = false;
        var sent = now < _end ? Ask(now) : 0;
        sent += _answers;
        _answers = 0;
        if (sent > 0) _ruler.PublishSent();
        return sent;
    }

    public void Accepted(Node node, Direction direction, in WireRecord record)
    {
    }

    public void CameOut(Node node, Direction direction, ulong clock, uint term, ReadOnlySpan<byte> frame, Arrival at)
    {
        // Anything else is left over from before.
        if (!UdpFrame.TryRead(frame, out _, out _, out var payload) || payload.Sent < _begin) return;
        _received++;
        _last = at.Now;
        if (at.Now < _end) _receivedInTime++;
        _latencies.Add(at.Now - payload.Sent);
        if (payload.Kind != PayloadKind.QuestionToAnswer || at.Now >= _end || frame.Length > _buffer.Length) return;

        var answer = _buffer.AsSpan(0, frame.Length);
        frame.CopyTo(answer);
        payload.Kind = PayloadKind.Answer;
        payload.Sent = Time.Now;
        UdpFrame.TurnAround(answer, payload);
        // Step publishes it.
        if (Send(Direction.RightToLeft, answer)) _answers++;
    }

    public JsonObject Result()
    {
        var seconds = (_end - _begin) / (double)Time.Second;
        return new JsonObject
        {
            ["offered"] = _offered,
            ["refused"] = _refused,
            ["refusedFraction"] = _offered == 0 ? 0 : (double)_refused / _offered,
            ["received"] = _received,
            ["mppsOffered"] = Math.Round(_offered / seconds / 1e6, 6),
            ["mppsReceived"] = Math.Round(_receivedInTime / seconds / 1e6, 6),
            ["p50Us"] = Microseconds(_latencies.Percentile(0.5)),
            ["p99Us"] = Microseconds(_latencies.Percentile(0.99)),
            ["maxUs"] = Microseconds(_latencies.Max),
        };
    }

    private int Ask(long now)
    {
        var burst = _pacer?.Allowed(now) ?? BurstFrames;
        _pacer?.Spend(burst);
        var sent = 0;
        for (var i = 0; i < burst && !_ringFull; i++)
        {
            var frame = _buffer.AsSpan(0, _frameBytes);
            _flows[_at].Stamp(frame, now);
            _at = _at + 1 < _flows.Length ? _at + 1 : 0;
            // Without a rate, a full ring is not a refusal but the pace.
            if (!Send(Direction.LeftToRight, frame)) _ringFull = _pacer is null;
            else sent++;
        }

        return sent;
    }

    private static double Microseconds(long nanoseconds) => Math.Round(nanoseconds / (double)Time.Microsecond, 1);

    private bool Send(Direction direction, ReadOnlySpan<byte> frame)
    {
        if (!_ruler.TrySend(direction, frame, _nextTag()))
        {
            if (_pacer is null && direction == Direction.LeftToRight) return false;
            _offered++;
            _refused++;
            return false;
        }

        _offered++;
        return true;
    }
}
