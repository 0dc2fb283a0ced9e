using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Supervision;

namespace Holdfast.Nfmgr.Demo;

/// <summary>The load generator at the far end of a cluster's wires: a program of its own, told by lines of JSON.</summary>
internal sealed class DemoGenerator : IDisposable
{
    private readonly Process _process;
    private readonly BlockingCollection<JsonObject> _events = [];
    private readonly List<JsonObject> _all = [];

    public DemoGenerator(string program, string socket, string journal, string? capture, int seed)
    {
        List<string> arguments = ["--socket", socket, "--journal", journal, "--seed", $"{seed}"];
        if (capture is not null) arguments.AddRange(["--capture", capture]);
        _process = Spawner.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
        new Thread(Read) { IsBackground = true, Name = "generator events" }.Start();
        var deadline = Environment.TickCount64 + 10_000;
        while (!File.Exists(socket) && Environment.TickCount64 < deadline && !_process.HasExited) Thread.Sleep(5);
        if (!File.Exists(socket)) throw new DemoException($"the load generator does not listen on {socket}");
    }

    /// <summary>Everything it has said so far.</summary>
    public IReadOnlyList<JsonObject> Events
    {
        get
        {
            lock (_all) return [.. _all];
        }
    }

    public void Send(JsonObject command)
    {
        _process.StandardInput.WriteLine(command.ToJsonString());
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for an event, and forgets those before it.</summary>
    public JsonObject WaitFor(Func<JsonObject, bool> wanted, TimeSpan patience, string what)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (deadline - Environment.TickCount64 is > 0 and var left)
        {
            if (!_events.TryTake(out var happened, (int)left)) break;
            if (Is(happened, "error")) throw new DemoException($"the load generator says: {happened["message"]}");
            if (wanted(happened)) return happened;
        }

        throw new DemoException($"the load generator did not report in time: {what}");
    }

    public static bool Is(JsonObject happened, string name) => (string?)happened["event"] == name;

    /// <summary>Ends it by the end of its input; it writes its journal to the end.</summary>
    public void Finish()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(20_000)) throw new DemoException("the load generator does not end");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (JsonNode.Parse(line) is not JsonObject happened) continue;
            lock (_all) _all.Add(happened);
            _events.Add(happened);
        }
    }
}
