using Holdfast.NfLib.Pcap;

namespace Holdfast.Tests.Process;

/// <summary>Recordings that ports have written.</summary>
internal static class Recording
{
    /// <summary>All frames of a file, in order.</summary>
    public static List<byte[]> Frames(string file)
    {
        var frames = new List<byte[]>();
        using var reader = PcapReader.Open(file);
        while (reader.TryRead(out var record)) frames.Add(record.Data.ToArray());
        return frames;
    }
}
