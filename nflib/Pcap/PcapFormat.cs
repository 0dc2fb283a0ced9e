namespace Holdfast.NfLib.Pcap;

/// <summary>
/// Constants of the classic pcap file format (draft-ietf-opsawg-pcap): a 24-byte file header, then
/// records of a 16-byte header and the frame's bytes. All numbers are in the writer's byte order.
/// </summary>
internal static class PcapFormat
{
    public const uint MicrosecondMagic = 0xa1b2c3d4;
    public const uint NanosecondMagic = 0xa1b23c4d;
    public const int FileHeaderLength = 24;
    public const int RecordHeaderLength = 16;
    public const ushort MajorVersion = 2;
    public const ushort MinorVersion = 4;
    public const uint EthernetLinkType = 1;

    /// <summary>The longest frame in bytes that is read or written: libpcap's own limit.</summary>
    public const int MaximumFrameLength = 262_144;

    public const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Nanoseconds in one unit of a record's fraction of a second.</summary>
    public static int NanosecondsPerUnit(PcapResolution resolution) =>
        resolution == PcapResolution.Nanoseconds ? 1 : 1_000;
}
