using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Generator.Capture;

/// <summary>
/// Plays captured connections through a chain that contains a source NAT, as their hosts would: a frame
/// is offered only after every earlier frame of the other direction in its flow has come out at the far
/// end, a server answers to the address and port that it has seen, and what gets lost is sent again.
/// The left of the chain is the client. Not thread-safe.
/// </summary>
/// <example><code>
/// player.StartRound(0);
/// while (!player.Drained)
/// {
///     player.Tick(now);
///     while ((length = player.Next(buffer, out bool fromLeft, out ulong stepId)) > 0) Send(…);
///     // and for each frame that came out: player.CameOut(stepId, frame, now);
/// }
/// </code></example>
public sealed class CapturePlayer
{
    /// <summary>How many tries a step has unless told otherwise.</summary>
    public const int DefaultTries = 20;

    /// <summary>How many rounds have client addresses of their own; round n + this has those of round n.</summary>
    public const int DistinctRounds = RoundAddress.Count;

    private readonly CapturedFlows capture;
    private readonly long retryAfterNs;
    private readonly int tries;
    private readonly Dictionary<ulong, FlowPlay> plays = [];
    private readonly Stack<FlowPlay>[] spare;
    private readonly Queue<ulong> ready = [];
    private readonly Queue<StepId> retries = [];
    private readonly Queue<(StepId Step, long DueNs)> deadlines = [];
    private ulong lastSerial;
    private long? nowNs;

    /// <param name="capture">What to play.</param>
    /// <param name="retryAfter">After how long a step that has not come out is offered again; default 200 ms.</param>
    /// <param name="tries">How often a step is offered before its flow counts as broken; 1 to 255.</param>
    public CapturePlayer(CapturedFlows capture, TimeSpan? retryAfter = null, int tries = DefaultTries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tries, byte.MaxValue);
        var delay = retryAfter ?? TimeSpan.FromMilliseconds(200);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero, nameof(retryAfter));

        this.capture = capture;
        this.tries = tries;
        retryAfterNs = (long)delay.TotalNanoseconds;
        spare = new Stack<FlowPlay>[capture.Count];
        for (int i = 0; i < spare.Length; i++) spare[i] = new Stack<FlowPlay>();
    }

    /// <summary>Flows whose every step came out.</summary>
    public long FlowsCompleted { get; private set; }

    /// <summary>Flows given up because a step did not come out in all its tries.</summary>
    public long FlowsBroken { get; private set; }

    /// <summary>Steps offered, retries included.</summary>
    public long StepsSent { get; private set; }

    /// <summary>Steps offered again.</summary>
    public long StepsRetried { get; private set; }

    /// <summary>
    /// How often a frame of a flow came out on the right with another source address, port or echo
    /// identifier than the frame of this flow before it: the connection has lost its mapping.
    /// </summary>
    public long MappingChanged { get; private set; }

    /// <summary>
    /// Frames that came out with headers that belong to another flow, or to none: they do not count as
    /// arrived. Payloads and checksums are not looked at.
    /// </summary>
    public long Misdirected { get; private set; }

    /// <summary>Flows neither completed nor broken.</summary>
    public int ActiveFlows => plays.Count;

    /// <summary>Whether all flows started are completed or broken.</summary>
    public bool Drained => plays.Count == 0;

    /// <summary>Starts all flows of the capture once more, for clients at addresses of this round's own.</summary>
    /// <param name="round">0 or more; active ones must differ modulo <see cref="DistinctRounds"/>.</param>
    public void StartRound(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        for (int i = 0; i < capture.Count; i++)
        {
            if (!spare[i].TryPop(out var play)) play = new FlowPlay(capture.Flows[i], i);
            play.Start(++lastSerial, round);
            plays.Add(play.Serial, play);
            QueueIfReady(play);
        }
    }

    /// <summary>Gives the next frame to send into the chain and its length in bytes; 0 when none may be sent.</summary>
    /// <param name="buffer">At least <see cref="CapturedFlows.LongestFrame"/> bytes.</param>
    /// <param name="fromLeft">Whether it enters on the left, as the client's, or on the right, as the server's.</param>
    /// <param name="stepId">What the other calls name this frame by; never 0, never the same again.</param>
    /// <exception cref="InvalidOperationException">The player does not know the time yet.</exception>
    public int Next(Span<byte> buffer, out bool fromLeft, out ulong stepId)
    {
        if (nowNs is null)
        {
            throw new InvalidOperationException("the player does not know the time: call Tick before Next");
        }

        if (buffer.Length < capture.LongestFrame)
        {
            throw new ArgumentException(
                $"a buffer of {buffer.Length} bytes is too short: frames have up to {capture.LongestFrame}",
                nameof(buffer));
        }

        while (retries.TryDequeue(out var lost))
        {
            if (!plays.TryGetValue(lost.Flow, out var play) || play.Progress[lost.Step].IsOut) continue;
            StepsRetried++;
            return Offer(play, lost.Step, buffer, out fromLeft, out stepId);
        }

        while (ready.TryDequeue(out ulong serial))
        {
            if (!plays.TryGetValue(serial, out var play)) continue;
            int step = play.TakeNext();
            play.IsQueued = false;
            QueueIfReady(play);
            return Offer(play, step, buffer, out fromLeft, out stepId);
        }

        fromLeft = false;
        stepId = 0;
        return 0;
    }

    /// <summary>
    /// Tells that a frame came out at the far side of the chain. A late one counts too, though it was offered
    /// again in the meantime; one of a completed or broken flow is ignored.
    /// </summary>
    /// <param name="stepId">What <see cref="Next"/> named it.</param>
    /// <param name="frame">As it came out; not kept.</param>
    /// <param name="nowNs">The time, on the clock of <see cref="Tick"/>.</param>
    public void CameOut(ulong stepId, ReadOnlySpan<byte> frame, long nowNs)
    {
        AdvanceTo(nowNs);
        if (!TryFind(stepId, out var id, out var play)) return;

        if (play.Flow.Steps[id.Step].FromClient)
        {
            if (!play.IsForServer(frame, out var outside))
            {
                Misdirected++;
                return;
            }

            if (play.Outside is { } known && known != outside) MappingChanged++;
            play.Learn(outside, frame);
        }
        else if (!play.IsForClient(frame))
        {
            Misdirected++;
            return;
        }

        if (play.Progress[id.Step].IsOut) return;

        play.Arrive(id.Step);
        if (play.IsComplete)
        {
            FlowsCompleted++;
            Remove(play);
        }
        else
        {
            QueueIfReady(play);
        }
    }

    /// <summary>Tells that a frame will not come out, so that it is offered again without delay.</summary>
    /// <param name="stepId">What <see cref="Next"/> named it; ignored when it was offered again already.</param>
    public void Lost(ulong stepId)
    {
        if (TryFind(stepId, out var id, out var play)) Retry(id, play);
    }

    /// <summary>Gives up every flow that is not complete.</summary>
    public void BreakAll()
    {
        foreach (var play in plays.Values.ToArray())
        {
            FlowsBroken++;
            Remove(play);
        }
    }

    /// <summary>Tells the time; what has been on its way for too long is offered again.</summary>
    /// <param name="nowNs">Nanoseconds on any clock that does not go back.</param>
    public void Tick(long nowNs)
    {
        long now = AdvanceTo(nowNs);
        // The delay is the same for all, so the oldest is due first.
        while (deadlines.TryPeek(out var oldest) && oldest.DueNs <= now)
        {
            deadlines.Dequeue();
            if (plays.TryGetValue(oldest.Step.Flow, out var play)) Retry(oldest.Step, play);
        }
    }

    private int Offer(FlowPlay play, int step, Span<byte> buffer, out bool fromLeft, out ulong stepId)
    {
        ref var progress = ref play.Progress[step];
        progress.Tries++;
        progress.AwaitsRetry = false;
        var id = new StepId(play.Serial, step, progress.Tries);
        deadlines.Enqueue((id, nowNs!.Value + retryAfterNs));
        StepsSent++;
        stepId = id.Bits;
        fromLeft = play.Flow.Steps[step].FromClient;
        return play.Write(step, buffer);
    }

    private void Retry(StepId id, FlowPlay play)
    {
        ref var progress = ref play.Progress[id.Step];
        if (progress.IsOut || progress.AwaitsRetry || progress.Tries != id.Try) return;

        if (progress.Tries == tries)
        {
            FlowsBroken++;
            Remove(play);
            return;
        }

        progress.AwaitsRetry = true;
        retries.Enqueue(id);
    }

    private void QueueIfReady(FlowPlay play)
    {
        if (play.IsQueued || !play.MayOffer) return;
        play.IsQueued = true;
        ready.Enqueue(play.Serial);
    }

    private void Remove(FlowPlay play)
    {
        plays.Remove(play.Serial);
        spare[play.Index].Push(play);
    }

    /// <summary>Finds an active flow; refuses what was never offered, which is a fault of the caller.</summary>
    private bool TryFind(ulong stepId, out StepId id, [NotNullWhen(true)] out FlowPlay? play)
    {
        id = StepId.From(stepId);
        play = null;
        bool wasOffered = id.Flow > 0 && id.Flow <= lastSerial && id.Try > 0;
        if (wasOffered && !plays.TryGetValue(id.Flow, out play)) return false;
        if (wasOffered && id.Step < play!.Progress.Length && id.Try <= play.Progress[id.Step].Tries) return true;
        throw new ArgumentException($"step id 0x{stepId:x} was never offered: pass one that Next gave", nameof(stepId));
    }

    private long AdvanceTo(long time)
    {
        long now = Math.Max(nowNs ?? long.MinValue, time);
        nowNs = now;
        return now;
    }
}
