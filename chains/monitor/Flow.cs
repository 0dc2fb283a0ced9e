namespace Holdfast.Chains.Monitor;

/// <summary>What went one way.</summary>
internal struct Traffic
{
    public ulong Packets;

    /// <summary>Frame bytes from the Ethernet header on, without FCS.</summary>
    public ulong Bytes;
}

/// <summary>What is kept of a flow.</summary>
internal struct Flow
{
    public Traffic FromLeft;

    public Traffic FromRight;

    /// <summary>When its last packet came; a stamp (see <see cref="NfLib.Flows.Aging"/>) in nanoseconds.</summary>
    public long Seen;
}
