namespace Holdfast.NfLib.Pcap;

/// <summary>The unit in which a pcap file counts fractions of a second.</summary>
public enum PcapResolution
{
    /// <summary>Magic number 0xa1b23c4d.</summary>
    Nanoseconds,

    /// <summary>Magic number 0xa1b2c3d4.</summary>
    Microseconds,
}
