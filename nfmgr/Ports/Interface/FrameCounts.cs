namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>Why a frame that came in enters no chain.</summary>
public enum Refusal : byte
{
    /// <summary>None: it was taken.</summary>
    None,

    /// <summary>Several TCP segments or UDP datagrams in one, which no network carries.</summary>
    Giant,

    /// <summary>Longer than a packet buffer.</summary>
    TooLong,

    /// <summary>Of another VLAN than the port is in.</summary>
    OtherVlan,

    /// <summary>Shorter than an Ethernet header, or its checksum is to be finished outside it.</summary>
    Malformed,
}

/// <summary>Why a frame did not leave.</summary>
public enum SendError : byte
{
    /// <summary>Longer than the interface's MTU allows.</summary>
    TooLong,

    /// <summary>The interface is down or missing.</summary>
    LinkDown,

    /// <summary>The interface's queue or the socket's buffer is full.</summary>
    NoRoom,

    Other,
}

/// <summary>Refused and unsent frames by reason. The port's loop counts, any thread may look.</summary>
public sealed class FrameCounts
{
    private readonly ulong[] _refused = new ulong[Enum.GetValues<Refusal>().Length],
        _unsent = new ulong[Enum.GetValues<SendError>().Length];

    public ulong Refused { get; private set; }

    public ulong Unsent { get; private set; }

    public void Refuse(Refusal reason, ulong frames = 1)
    {
        _refused[(int)reason] += frames;
        Refused += frames;
    }

    public void Fail(SendError reason, int frames)
    {
        _unsent[(int)reason] += (ulong)frames;
        Unsent += (ulong)frames;
    }

    public ulong Of(Refusal reason) => _refused[(int)reason];

    public ulong Of(SendError reason) => _unsent[(int)reason];

    public Dictionary<string, ulong> RefusedByReason() => ByReason(_refused, Enum.GetNames<Refusal>());

    public Dictionary<string, ulong> UnsentByReason() => ByReason(_unsent, Enum.GetNames<SendError>());

    private static Dictionary<string, ulong> ByReason(ulong[] counts, string[] names) =>
        names.Zip(counts).Where(c => c.Second > 0).ToDictionary(c => char.ToLowerInvariant(c.First[0]) + c.First[1..], c => c.Second);
}
