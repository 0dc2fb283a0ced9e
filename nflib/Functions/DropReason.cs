namespace Holdfast.NfLib.Functions;

/// <summary>Why an NF dropped a packet; counted per NF and shown by <c>nfmgr status</c>.</summary>
public enum DropReason : byte
{
    /// <summary>The NF neither forwarded nor dropped it.</summary>
    Undecided = 0,

    /// <summary>A rule says so.</summary>
    Policy = 1,

    /// <summary>It belongs to no known session and may not open one.</summary>
    NoSession = 2,

    /// <summary>Its headers contradict each other or end too early.</summary>
    Malformed = 3,

    /// <summary>A table of the NF is full.</summary>
    TableFull = 4,

    /// <summary>A fragment that does not carry what the NF must see.</summary>
    Fragment = 5,

    /// <summary>A protocol this NF does not carry.</summary>
    Unsupported = 6,

    /// <summary>It was to go back the way it came, and there was no room.</summary>
    NoRoom = 7,

    /// <summary>The next hop's link-layer address is not known yet.</summary>
    Unresolved = 8,

    /// <summary>Its time to live has run out.</summary>
    Expired = 9,

    /// <summary>It was meant for this NF, which has read it, and for nobody else.</summary>
    Consumed = 10,

    /// <summary>It killed its NF, alone; nfmgr puts it into the quarantine.</summary>
    Poison = 11,
}
