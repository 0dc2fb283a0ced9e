using System.Globalization;

namespace Holdfast.Chaos.Sessions;

/// <summary>What a node has reported of its lives, read on from where it was left.</summary>
internal sealed class NodeLog(string file)
{
    private static readonly string[] Lost = ["the chain's state was lost", "SINCE THEN IS LOST"];
    private static readonly string[] Wrong = ["Unhandled exception", "Fatal error"];

    private readonly List<DateTime> _statesLost = [];
    private long _read;

    public int Takeovers { get; private set; }

    /// <summary>When this node began to rule without the chain's newest state.</summary>
    public IReadOnlyList<DateTime> StatesLost => _statesLost;

    /// <summary>Reads what has been added.</summary>
    /// <returns>Lines that no log may have.</returns>
    public List<string> ReadOn()
    {
        var wrong = new List<string>();
        if (!File.Exists(file)) return wrong;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = _read;
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var whole = text.LastIndexOf('\n') + 1;
        _read += System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, whole));
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Contains(": takes over: ", StringComparison.Ordinal)) Takeovers++;
            if (Lost.Any(word => line.Contains(word, StringComparison.Ordinal))) _statesLost.Add(TimeOf(line));
            if (Wrong.Any(word => line.Contains(word, StringComparison.Ordinal))) wrong.Add(line);
        }

        return wrong;
    }

    private static DateTime TimeOf(string line) =>
        DateTime.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time) ? time : DateTime.UtcNow;
}
