using Holdfast.NfLib.Flows;

namespace Holdfast.Chains.Firewall;

/// <summary>What is kept of a flow.</summary>
internal struct Flow
{
    /// <summary>When its last packet came; a stamp (see <see cref="Aging"/>) in nanoseconds.</summary>
    public long Seen;

    public TcpProgress Progress;

    public uint Protocol;
}
