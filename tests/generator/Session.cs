using System.Collections.Concurrent;
using Holdfast.Generator.Load;
using Holdfast.Generator.Traffic;
using Holdfast.Generator.Wires;
using Holdfast.Journal;
using Holdfast.NfLib.Memory;

namespace Holdfast.Generator;

/// <summary>One life of the generator: accepts wires, obeys commands, reports events.</summary>
internal sealed class Session : IDisposable
{
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly SessionOptions _options;
    private readonly JournalWriter _journal;
    private readonly Events _events;
    private readonly FarEnd _wires;
    private readonly Play _play;
    private MeasurementLoad? _load;
    private ulong _nextTag;
    private volatile bool _ended;

    /// <param name="options">Socket, journal, and where traffic comes from.</param>
    /// <param name="emit">Takes the lines of events, on the thread that calls <see cref="Run"/>.</param>
    /// <exception cref="JournalException">The directory already holds a journal.</exception>
    public Session(SessionOptions options, Action<string> emit)
    {
        _options = options;
        _events = new Events(emit);
        _journal = new JournalWriter(options.JournalDirectory);
        _wires = new FarEnd(options.SocketPath, _journal, _events);
        _play = new Play(_wires, _journal, _events, NextTag);
    }

    /// <summary>Hands a command line in, from any thread.</summary>
    public void Submit(string line)
    {
        _commands.Enqueue(line);
        _wires.Wake();
    }

    /// <summary>Ends <see cref="Run"/>, from any thread.</summary>
    public void End()
    {
        _ended = true;
        _wires.Wake();
    }

    /// <summary>Works until <see cref="End"/>; never spins.</summary>
    public void Run()
    {
        // Without this the kernel may add 50 µs to every short sleep.
        _ = Libc.Prctl(Libc.PR_SET_TIMERSLACK, 1000, 0, 0, 0);
        Libc.TakeShortTurns(); // it stands for a network, which does not wait for this machine's cores
        while (!_ended)
        {
            // A load is waited for: commands that come meanwhile stay in the queue.
            while (_load is null && _commands.TryDequeue(out var line)) Obey(line);
            var work = _load is null ? _wires.Poll(_play) + _play.Step() : _wires.Poll(_load) + _load.Step();
            if (_load is { IsDone: true }) FinishLoad(_load);
            else if (work == 0) _wires.Sleep((_load?.Due ?? _play.Due) - Time.Now);
        }

        _wires.Poll(_play);
        _journal.Flush();
    }

    public void Dispose()
    {
        _wires.Dispose();
        _journal.Dispose();
    }

    private ulong NextTag() => _nextTag++;

    private void Obey(string line)
    {
        try
        {
            var command = Command.Parse(line);
            switch (command.Do)
            {
                case "load":
                    StartLoad(command);
                    break;
                case "play":
                    StartPlay(command);
                    break;
                case "stop":
                    if (_play.IsIdle) throw new FormatException("stop: nothing is playing");
                    _play.Stop(command.DrainMilliseconds);
                    break;
                default:
                    var status = _play.Totals();
                    status["ruler"] = _wires.Ruler?.Name;
                    status["term"] = _wires.Highest.Term;
                    status["playing"] = !_play.IsIdle;
                    _events.Emit("status", status);
                    break;
            }
        }
        catch (FormatException error)
        {
            _events.Error(error.Message);
        }
    }

    private void StartLoad(Command command)
    {
        if (!_play.IsIdle) throw new FormatException("load: stop the play first; a load is not journaled");
        if (_wires.Ruler is not { } ruler) throw new FormatException("load: no node rules; wait for \"announced\"");
        _journal.Unjournaled();
        _load = new MeasurementLoad(command, ruler, NextTag);
    }

    private void FinishLoad(MeasurementLoad load)
    {
        _load = null;
        _events.Emit("load", load.Result());
    }

    private void StartPlay(Command command)
    {
        if (!_play.IsIdle) throw new FormatException("play: already playing; stop first");
        var sources = new List<ITraffic>();
        if (command.Rate > 0) sources.Add(new GeneratedFlows(command.Rate, command.Flows, _options.Seed, Time.Now));
        if (command.CaptureRoundsPerSecond > 0) sources.Add(OpenCapture(command.CaptureRoundsPerSecond));
        if (sources.Count == 0)
            throw new FormatException("play: rate and captureRoundsPerSecond are 0; set at least one");
        _play.Start(sources);
    }

    private CaptureTraffic OpenCapture(double roundsPerSecond) => _options.Capture is { } capture
        ? new CaptureTraffic(capture, roundsPerSecond, Time.Now)
        : throw new FormatException(
            "play: captureRoundsPerSecond needs a capture; start the generator with --capture FILE");
}

/// <summary>What a session is started with.</summary>
internal sealed record SessionOptions
{
    public required string SocketPath { get; init; }

    public required string JournalDirectory { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>What is played beside generated flows; null for nothing.</summary>
    public CaptureRounds? Capture { get; init; }
}
