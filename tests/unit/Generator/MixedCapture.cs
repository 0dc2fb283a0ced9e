using System.Net;
using Holdfast.Generator.Capture;
using Holdfast.NfLib.Pcap;

namespace Holdfast.Tests.Unit.Generator;

/// <summary>The recorded capture, tests/captures/mixed.pcap.</summary>
internal static class MixedCapture
{
    public static readonly IPAddress[] Clients = [IPAddress.Parse("10.10.0.2"), IPAddress.Parse("fd00:10::2")];

    public static string FilePath => Path.Combine(AppContext.BaseDirectory, "captures", "mixed.pcap");

    public static CapturedFlows Flows() => CapturedFlows.Load(FilePath, Clients);

    public static List<byte[]> Frames()
    {
        using var reader = PcapReader.Open(FilePath);
        var frames = new List<byte[]>();
        while (reader.TryRead(out var record)) frames.Add(record.Data.ToArray());
        return frames;
    }

    /// <summary>Loads a capture of these frames, from a file that is gone afterwards.</summary>
    public static CapturedFlows FlowsOf(params IEnumerable<byte[]> frames)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (var writer = PcapWriter.Create(path))
            {
                foreach (byte[] frame in frames) writer.Write(0, frame);
            }

            return CapturedFlows.Load(path, Clients);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
