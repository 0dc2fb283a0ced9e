using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Pcap;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>
/// Writes packets that killed their NF to <c>quarantine/NAME.pcapng</c> in the state directory, each with a comment that
/// says which NF, when and how it died. A thread of its own, because disks may be slow: when one is full or fails, packets
/// are counted and not written, and the chain runs on.
/// </summary>
/// <remarks>Files of earlier lives are appended to. One that can't be is kept as <c>NAME.pcapng.old</c>.</remarks>
internal sealed class Quarantine : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly QuarantineSettings _settings;
    private readonly string[] _files;
    private readonly string[] _functions;
    private readonly Func<int, string> _causeOfDeath;
    private readonly Action<string> _report;
    private readonly TimeProvider _time;
    private readonly AutoResetEvent _news = new(initialState: false);
    private readonly ulong[] _written, _refused;
    private readonly Thread _thread;
    private DateTimeOffset _minute;
    private int _inMinute;
    private string? _trouble;
    private volatile bool _stop;

    /// <param name="settings">Where to, and how much.</param>
    /// <param name="functions">The NFs' names, from left to right.</param>
    /// <param name="causeOfDeath">How an NF, by its place, died the last time: "killed by signal 11".</param>
    /// <param name="report">Told once when packets can't be written, and why.</param>
    /// <param name="time">The clock; the machine's when null.</param>
    public Quarantine(QuarantineSettings settings, IReadOnlyList<string> functions, Func<int, string> causeOfDeath, Action<string> report,
        TimeProvider? time = null)
    {
        _settings = settings;
        _functions = [.. functions];
        _files = [.. functions.Select(name => Path.Combine(settings.Directory, name + ".pcapng"))];
        _causeOfDeath = causeOfDeath;
        _report = report;
        _time = time ?? TimeProvider.System;
        _written = new ulong[_files.Length];
        _refused = new ulong[_files.Length];
        Queue = new PoisonQueue(_files.Length, () => _news.Set());
        _thread = new Thread(Run) { IsBackground = true, Name = "quarantine" };
        _thread.Start();
    }

    /// <summary>Where the root puts such packets.</summary>
    public PoisonQueue Queue { get; }

    /// <summary>Packets of an NF that were written.</summary>
    public ulong WrittenOf(int function) => Volatile.Read(ref _written[function]);

    /// <summary>Packets of an NF that were not: too many at once or in this minute, no room, or a disk that fails.</summary>
    public ulong NotWrittenOf(int function) => Volatile.Read(ref _refused[function]) + Queue.RefusedOf(function);

    /// <summary>Writes what is there, and ends.</summary>
    public void Dispose()
    {
        _stop = true;
        _news.Set();
        _thread.Join();
        _news.Dispose();
    }

    private void Run()
    {
        do
        {
            _news.WaitOne();
            for (; Queue.Peek() is { } packet; Queue.Advance()) Take(packet);
        }
        while (!_stop);
    }

    private void Take(PoisonedPacket packet)
    {
        var now = _time.GetUtcNow();
        if (now - _minute >= Minute) (_minute, _inMinute) = (now, 0);
        if (_inMinute >= _settings.PerMinute || !TryWrite(packet, now))
        {
            _refused[packet.Function]++;
            return;
        }

        _inMinute++;
        _written[packet.Function]++;
    }

    private bool TryWrite(PoisonedPacket packet, DateTimeOffset now)
    {
        var file = _files[packet.Function];
        try
        {
            var block = PcapngWriter.Packet((now - DateTimeOffset.UnixEpoch).Ticks * 100, packet.Frame, Describe(packet, now));
            Directory.CreateDirectory(_settings.Directory);
            using var stream = OpenToAppend(file);
            var header = stream.Length == 0 ? PcapngWriter.Header : [];
            if (BytesUsed() + header.Length + block.Length > _settings.MaxBytes)
            {
                return Trouble($"the quarantine is full: {_settings.Directory} may hold {_settings.MaxBytes} bytes (quarantineBytes); packets "
                    + "that kill an NF are counted and not written until you have moved its files away");
            }

            Append(stream, [.. header, .. block]);
            _trouble = null;
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Trouble($"quarantine {file}: {error.Message}; packets that kill an NF are counted and not written until that is mended");
        }
    }

    private string Describe(PoisonedPacket packet, DateTimeOffset now) =>
        $"NF {_functions[packet.Function]} died of this packet alone, noticed {now:yyyy-MM-ddTHH:mm:ss.fffZ}: {_causeOfDeath(packet.Function)}; "
        + $"clock {packet.Clock}, from the {(packet.Direction == Direction.LeftToRight ? "left" : "right")}"
        + (packet.Frame.IsEmpty ? "; its metadata points outside its buffer, so there are no bytes" : "");

    private static FileStream OpenToAppend(string file)
    {
        var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        if (stream.Length == 0 || PcapngWriter.MayAppendTo(stream)) return stream;
        stream.Dispose();
        File.Move(file, file + ".old", overwrite: true);
        return new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Appends all of it, or nothing: half a block would spoil the file.</summary>
    private static void Append(FileStream stream, byte[] bytes)
    {
        var end = stream.Length;
        try
        {
            stream.Position = end;
            stream.Write(bytes);
        }
        catch (IOException)
        {
            stream.SetLength(end);
            throw;
        }
    }

    private long BytesUsed() => new DirectoryInfo(_settings.Directory).EnumerateFiles().Sum(file => file.Length);

    private bool Trouble(string what)
    {
        if (_trouble is null) _report(what);
        _trouble = what;
        return false;
    }
}

/// <param name="Directory">Where the files lie; made when there is a first packet.</param>
/// <param name="PerMinute">Most packets that are written in a minute, of all NFs.</param>
/// <param name="MaxBytes">Most bytes of all files in the directory.</param>
internal sealed record QuarantineSettings(string Directory, int PerMinute, long MaxBytes);
