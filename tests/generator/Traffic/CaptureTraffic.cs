using Holdfast.Generator.Capture;
using Holdfast.NfLib.Packets;

namespace Holdfast.Generator.Traffic;

/// <summary>A capture, and which of its rounds comes next: no round is played twice in the generator's life, so that no
/// connection is reused.</summary>
internal sealed class CaptureRounds
{
    private int _next;

    /// <exception cref="InvalidDataException">Frames are longer than a chain takes.</exception>
    public CaptureRounds(CapturedFlows flows)
    {
        if (flows.LongestFrame > PacketPool.MaxFrameBytes)
            throw new InvalidDataException($"the capture has a frame of {flows.LongestFrame} bytes, a chain takes up " +
                $"to {PacketPool.MaxFrameBytes}; record it with segmentation offload off");
        Flows = flows;
    }

    public CapturedFlows Flows { get; }

    public int TakeRound() => _next++;
}

/// <summary>Plays rounds of a capture at a steady pace.</summary>
internal sealed class CaptureTraffic : ITraffic
{
    // When so many flows wait, the chain does not keep up, and more of them would not tell more.
    private const int MostActiveFlows = 2000;

    private const long RetryCheck = 10 * Time.Millisecond;

    private readonly CaptureRounds _rounds;
    private readonly CapturePlayer _player;
    private readonly long _between;
    private long _nextRound, _now;

    /// <param name="rounds">What to play.</param>
    /// <param name="roundsPerSecond">How many rounds to start, above zero.</param>
    /// <param name="now">When to start the first.</param>
    public CaptureTraffic(CaptureRounds rounds, double roundsPerSecond, long now)
    {
        _rounds = rounds;
        _player = new CapturePlayer(rounds.Flows);
        _between = Math.Max(1, (long)(Time.Second / roundsPerSecond));
        _nextRound = _now = now;
    }

    public TrafficTotals Totals => new()
    {
        FlowsCompleted = _player.FlowsCompleted,
        FlowsBroken = _player.FlowsBroken,
        MappingChanged = _player.MappingChanged + _player.Misdirected,
    };

    public long Due => Math.Min(_nextRound, _now + RetryCheck);

    public void Tick(long now)
    {
        _now = now;
        _player.Tick(now);
        if (now < _nextRound) return;
        // What was missed is not made up for.
        _nextRound = Math.Max(_nextRound + _between, now);
        if (_player.ActiveFlows < MostActiveFlows) _player.StartRound(_rounds.TakeRound());
    }

    public int Next(Span<byte> buffer, out Direction direction, out ulong step)
    {
        var length = _player.Next(buffer, out var fromLeft, out step);
        direction = fromLeft ? Direction.LeftToRight : Direction.RightToLeft;
        return length;
    }

    // The player tries again after a while, as a host would.
    public void Refused(ulong step)
    {
    }

    public void Lost(ulong step) => _player.Lost(step);

    public void StateLost() => _player.BreakAll();

    public void CameOut(ulong step, ReadOnlySpan<byte> frame, long now) => _player.CameOut(step, frame, now);
}
