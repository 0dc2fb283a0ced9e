namespace Holdfast.NfLib.Pcap;

/// <summary>One captured frame. It borrows the reader's buffer: valid until the next read.</summary>
public readonly ref struct PcapRecord
{
    internal PcapRecord(long time, ReadOnlySpan<byte> data, int originalLength)
    {
        Time = time;
        Data = data;
        OriginalLength = originalLength;
    }

    /// <summary>When the frame was captured, in nanoseconds since the Unix epoch.</summary>
    public long Time { get; }

    /// <summary>The captured bytes, from the Ethernet header on, without frame check sequence.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The frame's length on the wire in bytes; more than <see cref="Data"/> holds if it was sliced.</summary>
    public int OriginalLength { get; }
}
