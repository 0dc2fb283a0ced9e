using System.Buffers.Binary;

namespace Holdfast.NfLib.Pcap;

/// <summary>What the first 24 bytes of a pcap file say about the rest.</summary>
/// <param name="Resolution">The unit of the records' fractions of a second.</param>
/// <param name="IsBigEndian">Whether the file's numbers are big-endian.</param>
/// <param name="SnapLength">The longest record in bytes that the file may hold.</param>
internal readonly record struct PcapFileHeader(PcapResolution Resolution, bool IsBigEndian, int SnapLength)
{
    /// <exception cref="PcapFormatException">Anything but a version 2.4 Ethernet capture.</exception>
    public static PcapFileHeader Parse(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length >= sizeof(uint)) RefuseOtherFormats(bytes, file);
        if (bytes.Length < PcapFormat.FileHeaderLength)
        {
            throw new PcapFormatException(file, bytes.Length,
                $"the file ends inside its {PcapFormat.FileHeaderLength}-byte header", "record it again");
        }

        var (resolution, bigEndian) = Recognise(bytes)!.Value;
        var (major, minor) = (ReadUInt16(bytes[4..], bigEndian), ReadUInt16(bytes[6..], bigEndian));
        if ((major, minor) != (PcapFormat.MajorVersion, PcapFormat.MinorVersion))
        {
            throw new PcapFormatException(file, 4, $"pcap version {major}.{minor} instead of 2.4", Convert(file));
        }

        // The upper half tells whether frames end in a frame check sequence, so it has to be zero too.
        uint linkType = ReadUInt32(bytes[20..], bigEndian);
        if (linkType != PcapFormat.EthernetLinkType)
        {
            throw new PcapFormatException(file, 20,
                $"link type 0x{linkType:x} instead of 1 (Ethernet without frame check sequence)",
                "capture on an Ethernet interface, not on 'any' or a tunnel");
        }

        // Like libpcap, take 0 and absurdly large values for "no limit".
        uint snapLength = ReadUInt32(bytes[16..], bigEndian);
        if (snapLength is 0 or > PcapFormat.MaximumFrameLength) snapLength = PcapFormat.MaximumFrameLength;
        return new PcapFileHeader(resolution, bigEndian, (int)snapLength);
    }

    public static uint ReadUInt32(ReadOnlySpan<byte> bytes, bool bigEndian) => bigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, bool bigEndian) => bigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes)
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static (PcapResolution Resolution, bool BigEndian)? Recognise(ReadOnlySpan<byte> bytes)
    {
        foreach (bool bigEndian in (ReadOnlySpan<bool>)[false, true])
        {
            switch (ReadUInt32(bytes, bigEndian))
            {
                case PcapFormat.NanosecondMagic: return (PcapResolution.Nanoseconds, bigEndian);
                case PcapFormat.MicrosecondMagic: return (PcapResolution.Microseconds, bigEndian);
            }
        }

        return null;
    }

    private static void RefuseOtherFormats(ReadOnlySpan<byte> bytes, string file)
    {
        if (Recognise(bytes) is not null) return;

        uint magic = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        throw magic switch
        {
            0x0a0d0d0a => new PcapFormatException(file, 0, "this is a pcapng file, not classic pcap", Convert(file)),
            _ when magic >> 16 == 0x1f8b =>
                new PcapFormatException(file, 0, "this file is compressed with gzip", $"unpack it with: gunzip {file}"),
            _ => new PcapFormatException(
                file, 0, $"magic number 0x{magic:x8} is not that of a pcap file", Convert(file)),
        };
    }

    private static string Convert(string file) => $"convert it with: editcap -F nsecpcap {file} converted.pcap";
}
