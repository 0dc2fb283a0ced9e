using System.Buffers.Binary;

namespace Holdfast.NfLib.Pcap;

/// <summary>
/// Writes classic pcap files (draft-ietf-opsawg-pcap) of Ethernet frames; by default with nanoseconds,
/// in this machine's byte order.
/// </summary>
public sealed class PcapWriter : IDisposable
{
    private const int FileBufferLength = 65_536;

    private readonly Stream stream;
    private readonly PcapResolution resolution;
    private readonly bool bigEndian;

    private PcapWriter(Stream stream, PcapResolution resolution, bool swapped)
    {
        this.stream = stream;
        this.resolution = resolution;
        bigEndian = swapped == BitConverter.IsLittleEndian;
        WriteFileHeader();
    }

    /// <summary>Creates a capture file, or empties an existing one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="resolution">The unit of fractions of a second; finer parts of times are cut off.</param>
    /// <param name="swapped">Whether to write in the other byte order than this machine's.</param>
    public static PcapWriter Create(
        string path, PcapResolution resolution = PcapResolution.Nanoseconds, bool swapped = false) =>
        Create(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, FileBufferLength),
            resolution, swapped);

    /// <summary>Writes a capture to a stream, which the writer then owns.</summary>
    /// <param name="stream">Where the file header and the records go.</param>
    /// <param name="resolution">The unit of fractions of a second; finer parts of times are cut off.</param>
    /// <param name="swapped">Whether to write in the other byte order than this machine's.</param>
    public static PcapWriter Create(
        Stream stream, PcapResolution resolution = PcapResolution.Nanoseconds, bool swapped = false)
    {
        try
        {
            return new PcapWriter(stream, resolution, swapped);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Appends one whole frame.</summary>
    /// <param name="timeNs">Nanoseconds since the Unix epoch; the format ends in the year 2106.</param>
    /// <param name="frame">From the Ethernet header on, without frame check sequence; at most 262,144 bytes.</param>
    public void Write(long timeNs, ReadOnlySpan<byte> frame)
    {
        var (seconds, rest) = Math.DivRem(timeNs, PcapFormat.NanosecondsPerSecond);
        if (timeNs < 0 || seconds > uint.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(timeNs), timeNs,
                "pcap holds times from 1970 to 2106: give nanoseconds since the Unix epoch");
        }

        if (frame.Length > PcapFormat.MaximumFrameLength)
        {
            throw new ArgumentException(
                $"a frame of {frame.Length} bytes exceeds pcap's limit of {PcapFormat.MaximumFrameLength}: split it",
                nameof(frame));
        }

        Span<byte> header = stackalloc byte[PcapFormat.RecordHeaderLength];
        Put(header, (uint)seconds);
        Put(header[4..], (uint)(rest / PcapFormat.NanosecondsPerUnit(resolution)));
        Put(header[8..], (uint)frame.Length);
        Put(header[12..], (uint)frame.Length);
        stream.Write(header);
        stream.Write(frame);
    }

    /// <summary>Hands everything written so far to the operating system.</summary>
    public void Flush() => stream.Flush();

    /// <summary>Writes what is buffered and closes the file.</summary>
    public void Dispose() => stream.Dispose();

    private void WriteFileHeader()
    {
        Span<byte> header = stackalloc byte[PcapFormat.FileHeaderLength];
        header.Clear();
        bool nanoseconds = resolution == PcapResolution.Nanoseconds;
        Put(header, nanoseconds ? PcapFormat.NanosecondMagic : PcapFormat.MicrosecondMagic);
        PutShort(header[4..], PcapFormat.MajorVersion);
        PutShort(header[6..], PcapFormat.MinorVersion);
        Put(header[16..], PcapFormat.MaximumFrameLength);
        Put(header[20..], PcapFormat.EthernetLinkType);
        stream.Write(header);
    }

    private void Put(Span<byte> bytes, uint value)
    {
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
    }

    private void PutShort(Span<byte> bytes, ushort value)
    {
        if (bigEndian) BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
    }
}
