namespace Holdfast.NfLib.Pcap;

/// <summary>
/// Reads classic pcap files (draft-ietf-opsawg-pcap) of Ethernet frames: both resolutions, both byte
/// orders. Every length is checked before use; a damaged file gives a <see cref="PcapFormatException"/>.
/// </summary>
/// <example><code>
/// using var reader = PcapReader.Open("capture.pcap");
/// while (reader.TryRead(out var record)) Use(record.Time, record.Data);
/// </code></example>
public sealed class PcapReader : IDisposable
{
    private const int FileBufferLength = 65_536;

    private readonly Stream stream;
    private readonly string name;
    private readonly PcapFileHeader header;
    private byte[] frame = new byte[2_048];
    private long offset;
    private PcapFormatException? fault;

    private PcapReader(Stream stream, string name)
    {
        this.stream = stream;
        this.name = name;
        Span<byte> bytes = stackalloc byte[PcapFormat.FileHeaderLength];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        header = PcapFileHeader.Parse(bytes[..length], name);
        offset = bytes.Length;
    }

    /// <summary>The unit in which the file counts fractions of a second.</summary>
    public PcapResolution Resolution => header.Resolution;

    /// <summary>Whether the file was written in the other byte order than this machine's.</summary>
    public bool IsSwapped => header.IsBigEndian == BitConverter.IsLittleEndian;

    /// <summary>The longest record in bytes that the file may hold.</summary>
    public int SnapLength => header.SnapLength;

    /// <summary>Opens a capture file and checks its header.</summary>
    /// <exception cref="PcapFormatException">It is not a classic pcap file of Ethernet frames.</exception>
    public static PcapReader Open(string path) => Open(
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileBufferLength), path);

    /// <summary>Reads a capture from a stream, which the reader then owns.</summary>
    /// <param name="stream">Positioned at the file header; need not be seekable.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="PcapFormatException">It is not a classic pcap file of Ethernet frames.</exception>
    public static PcapReader Open(Stream stream, string name)
    {
        try
        {
            return new PcapReader(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next record; false at the end of the file.</summary>
    /// <exception cref="PcapFormatException">The record is damaged or cut off; reading can not go on.</exception>
    public bool TryRead(out PcapRecord record)
    {
        // What follows a damaged record can not be told from noise.
        if (fault is not null) throw fault;

        Span<byte> bytes = stackalloc byte[PcapFormat.RecordHeaderLength];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length == 0)
        {
            record = default;
            return false;
        }

        if (length < bytes.Length) throw CutOff("record header", bytes.Length, length);

        uint seconds = Number(bytes);
        uint fraction = Number(bytes[4..]);
        uint captured = Number(bytes[8..]);
        uint original = Number(bytes[12..]);
        Check(fraction, captured, original);

        if (captured > frame.Length) frame = new byte[header.SnapLength];
        var data = frame.AsSpan(0, (int)captured);
        length = stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        offset += bytes.Length;
        if (length < data.Length) throw CutOff("frame", data.Length, length);

        offset += data.Length;
        long time = seconds * PcapFormat.NanosecondsPerSecond
            + (long)fraction * PcapFormat.NanosecondsPerUnit(header.Resolution);
        record = new PcapRecord(time, data, (int)original);
        return true;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    private uint Number(ReadOnlySpan<byte> bytes) => PcapFileHeader.ReadUInt32(bytes, header.IsBigEndian);

    private void Check(uint fraction, uint captured, uint original)
    {
        if (captured > header.SnapLength)
        {
            throw Damaged(8, $"a record of {captured} bytes exceeds the file's limit of {header.SnapLength}");
        }

        if (original < captured || original > int.MaxValue)
        {
            throw Damaged(12, $"a record of {captured} bytes claims an original length of {original}");
        }

        long units = PcapFormat.NanosecondsPerSecond / PcapFormat.NanosecondsPerUnit(header.Resolution);
        if (fraction >= units)
        {
            throw Damaged(4, $"a record's fraction of a second is {fraction}, which is not below {units}");
        }
    }

    private PcapFormatException Damaged(int field, string what) =>
        fault = new(name, offset + field, what, "the file is damaged from here on: record it again");

    private PcapFormatException CutOff(string what, int needed, int present) =>
        fault = new(name, offset + present, $"the file ends after {present} of the {needed} bytes of a {what}",
            $"keep its whole records with: editcap -F nsecpcap {name} repaired.pcap");
}
