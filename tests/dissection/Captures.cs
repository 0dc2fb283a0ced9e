using Holdfast.NfLib.Pcap;

namespace Holdfast.Tests.Dissection;

/// <summary>Frames with what tshark says of each.</summary>
/// <param name="Names">What a failure calls each frame.</param>
internal sealed record Capture(List<byte[]> Frames, List<DissectedFrame> Dissected, List<string> Names)
{
    /// <summary>Which frames come from the left. Every sender is on one side, and on the other than whom it talks to,
    /// as far as that is possible; the first one is on the left, or on the right when swapped.</summary>
    public IEnumerable<bool> FromLeft(bool swapped)
    {
        var sides = new Dictionary<string, bool>();
        foreach (var frame in Frames.Where(frame => frame.Length > 0 && (frame[0] & 1) == 0))
        {
            var (to, from) = (Mac(frame, 0), Mac(frame, 6));
            var left = sides.TryGetValue(from, out var side) ? side : !sides.TryGetValue(to, out var peer) || !peer;
            sides[from] = left;
            sides.TryAdd(to, !left);
        }

        return Frames.Select(frame => sides.GetValueOrDefault(Mac(frame, 6), true) != swapped);
    }

    private static string Mac(byte[] frame, int at) => frame.Length < at + 6 ? "" : Convert.ToHexString(frame, at, 6);
}

/// <summary>The files in tests/captures and the malformed frames; each is dissected once.</summary>
internal static class Captures
{
    private const string Malformed = "malformed";

    private static readonly Dictionary<string, Capture> Loaded = [];

    /// <summary>The files, and what is made here.</summary>
    public static string[] Names => ["mixed", "protocols", "forms", "tcpdump", Malformed];

    public static Capture Load(string name)
    {
        Tshark.Require();
        if (Loaded.TryGetValue(name, out var capture)) return capture;
        return Loaded[name] = name == Malformed ? MalformedFrames.Build() : Read(name);
    }

    private static Capture Read(string name)
    {
        var frames = new List<byte[]>();
        using var reader = PcapReader.Open(Path.Combine(AppContext.BaseDirectory, "captures", name + ".pcap"));
        while (reader.TryRead(out var record)) frames.Add(record.Data.ToArray());
        var names = frames.Select((_, i) => $"{name}.pcap, frame {i + 1}");
        return new Capture(frames, Tshark.Dissect(frames), [.. names]);
    }
}
