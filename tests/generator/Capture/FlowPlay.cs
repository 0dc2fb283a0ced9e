namespace Holdfast.Generator.Capture;

/// <summary>One flow of one round on its way through the chain.</summary>
internal sealed class FlowPlay(CapturedFlow flow, int index)
{
    private const int MacLength = 6;

    private readonly byte[] outsideMac = new byte[MacLength];
    private UInt128 clientAddress;
    private int clientStepsOnTheWay;
    private int serverStepsOnTheWay;
    private int offered;
    private int cameOut;

    public CapturedFlow Flow { get; } = flow;

    /// <summary>The flow's position in its capture.</summary>
    public int Index { get; } = index;

    /// <summary>One entry per step.</summary>
    public StepProgress[] Progress { get; } = new StepProgress[flow.Steps.Count];

    public ulong Serial { get; private set; }

    /// <summary>Whether the player has it in its queue of flows that may offer a step.</summary>
    public bool IsQueued { get; set; }

    /// <summary>What the NAT has made of the client, once known.</summary>
    public OutsideEndpoint? Outside { get; private set; }

    public bool IsComplete => cameOut == Flow.Steps.Count;

    /// <summary>
    /// Whether the next step's cause has happened: every earlier step of the other direction has come out.
    /// Steps are first offered in order, so that is when none of them is on the way.
    /// </summary>
    public bool MayOffer => offered < Flow.Steps.Count
        && (Flow.Steps[offered].FromClient ? serverStepsOnTheWay : clientStepsOnTheWay) == 0;

    /// <summary>Makes the flow as new, for a client at another address.</summary>
    public void Start(ulong serial, int round)
    {
        Serial = serial;
        clientAddress = RoundAddress.Of(Flow.Key.Client, Flow.Key.IsV6, round);
        clientStepsOnTheWay = serverStepsOnTheWay = offered = cameOut = 0;
        IsQueued = false;
        Outside = null;
        Array.Clear(Progress);
    }

    /// <summary>Puts the next step on its way and gives its index.</summary>
    public int TakeNext()
    {
        OnTheWay(Flow.Steps[offered].FromClient)++;
        return offered++;
    }

    /// <summary>Writes a step's frame as its sender would send it, and gives the frame's length.</summary>
    public int Write(int step, Span<byte> buffer)
    {
        var captured = Flow.Steps[step];
        captured.Frame.CopyTo(buffer);
        var frame = buffer[..captured.Frame.Length];
        if (captured.FromClient)
        {
            FrameRewrite.Client(frame, captured.Layout, true, clientAddress, Flow.Key.ClientPort);
        }
        else
        {
            // The server answers to what it has seen. A step of the client's has come out first, so it is known.
            var seen = Outside!.Value;
            FrameRewrite.Client(frame, captured.Layout, false, seen.Address, seen.Port);
            outsideMac.CopyTo(frame);
        }

        return frame.Length;
    }

    /// <summary>Whether a frame that came out on the right goes to this flow's server; gives its source.</summary>
    public bool IsForServer(ReadOnlySpan<byte> frame, out OutsideEndpoint outside)
    {
        outside = default;
        if (!FrameLayout.TryParse(frame, out var layout)) return false;
        var key = FlowKey.Of(frame, layout, fromClient: true);
        outside = new OutsideEndpoint(key.Client, key.ClientPort);
        return key == Flow.Key with { Client = key.Client, ClientPort = key.ClientPort };
    }

    /// <summary>Whether a frame that came out on the left goes to this flow's client.</summary>
    public bool IsForClient(ReadOnlySpan<byte> frame)
    {
        if (!FrameLayout.TryParse(frame, out var layout)) return false;
        var receiver = IpAddressBits.Read(frame, layout.Outer.Destination, layout.Outer.IsV6);
        return receiver == clientAddress
            && FlowKey.Of(frame, layout, fromClient: false) == Flow.Key with { Client = clientAddress };
    }

    /// <summary>Takes a frame that came out on the right as the truth about the NAT.</summary>
    public void Learn(in OutsideEndpoint outside, ReadOnlySpan<byte> frame)
    {
        Outside = outside;
        frame.Slice(MacLength, MacLength).CopyTo(outsideMac);
    }

    /// <summary>Notes that a step has arrived.</summary>
    public void Arrive(int step)
    {
        Progress[step].IsOut = true;
        OnTheWay(Flow.Steps[step].FromClient)--;
        cameOut++;
    }

    private ref int OnTheWay(bool fromClient) => ref fromClient ? ref clientStepsOnTheWay : ref serverStepsOnTheWay;
}
