namespace Holdfast.Nfmgr.Runtime;

/// <summary>What happened, for the operator: printed, and the last of it kept for status.</summary>
public sealed class EventLog(string node, TextWriter output)
{
    private const int Kept = 50;
    private readonly Queue<string> _last = new();

    public IReadOnlyList<string> Last
    {
        get
        {
            lock (_last) return [.. _last];
        }
    }

    public void Write(string what)
    {
        var line = $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {node}: {what}";
        lock (_last)
        {
            _last.Enqueue(line);
            if (_last.Count > Kept) _last.Dequeue();
            output.WriteLine(line);
            output.Flush();
        }
    }
}
