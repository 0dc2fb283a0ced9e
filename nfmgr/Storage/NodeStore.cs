using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Transport;
using Mono.Unix.Native;

namespace Holdfast.Nfmgr.Storage;

/// <summary>The node's state directory can't be used.</summary>
public sealed class NodeStoreException(string message) : Exception(message);

/// <summary>
/// What a node remembers across restarts: terms and lives, in one small file that is replaced as a whole and synced. A
/// lock held for the process's life keeps a second nfmgr out, so two lives of a node never overlap.
/// </summary>
public sealed class NodeStore : INodeDisk, IDisposable
{
    private const int Version = 1;
    private readonly string _directory, _file;
    private readonly FileStream _lock;

    private NodeStore(string directory, FileStream heldLock)
    {
        _directory = directory;
        _file = Path.Combine(directory, "node.json");
        _lock = heldLock;
    }

    /// <summary>The record as it stands on disk.</summary>
    public NodeRecord Record { get; private set; }

    /// <summary>Opens and locks the directory of a node that was initialised.</summary>
    /// <exception cref="NodeStoreException">Not initialised, in use, or damaged.</exception>
    public static NodeStore Open(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "node.json")))
            throw new NodeStoreException($"{directory}: this node was never initialised; run `nfmgr init --config FILE` once");
        var opened = new NodeStore(directory, Lock(directory));
        try
        {
            opened.Record = opened.Read();
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Makes the directory of a node whose chain never ran.</summary>
    /// <exception cref="NodeStoreException">It exists already, or can't be made.</exception>
    public static void Initialise(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NodeStoreException($"{directory}: {error.Message}");
        }

        if (File.Exists(Path.Combine(directory, "node.json")))
            throw new NodeStoreException(
                $"{directory}: this node is initialised already. To begin anew, stop it, be sure that its peer is off too, " +
                "and remove node.json there");
        using var made = new NodeStore(directory, Lock(directory));
        made.Write(default);
    }

    /// <summary>Begins a new life: its number is on disk before anyone hears of it.</summary>
    public Incarnation BeginLife()
    {
        var next = Record with { IncarnationCounter = Record.IncarnationCounter + 1, EligiblePeer = Incarnation.None };
        Write(next);
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return new Incarnation(next.IncarnationCounter, BitConverter.ToUInt64(random) | 1);
    }

    public void Write(in NodeRecord record)
    {
        var temporary = _file + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, new Stored(Version, record.Term.Counter, record.Term.Ruler.Value.ToString("x16"),
                record.EverRan, record.IncarnationCounter, record.EligiblePeer.Counter, record.EligiblePeer.Random));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, _file, overwrite: true);
        SyncDirectory();
        Record = record;
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new NodeStoreException($"{directory}: another nfmgr uses this state directory; stop it first");
        }
        catch (UnauthorizedAccessException error)
        {
            throw new NodeStoreException($"{directory}: {error.Message}; run as the user that initialised this node");
        }
    }

    private NodeRecord Read()
    {
        try
        {
            var stored = JsonSerializer.Deserialize<Stored>(File.ReadAllBytes(_file))!;
            if (stored.Version != Version)
                throw new NodeStoreException($"{_file}: version {stored.Version}, this nfmgr knows {Version}; use the build that wrote it");
            return new NodeRecord(new Term(stored.Term, new NodeId(Convert.ToUInt64(stored.Ruler, 16))), stored.EverRan,
                stored.Incarnation, new Incarnation(stored.EligibleCounter, stored.EligibleRandom));
        }
        catch (Exception error) when (error is JsonException or FormatException or NullReferenceException or OverflowException or ArgumentException)
        {
            throw new NodeStoreException(
                $"{_file}: damaged ({error.Message}). If the peer runs, stop this node for good: remove the directory and " +
                "initialise it anew; the peer then has to be told `nfmgr continue --unprotected`");
        }
    }

    private void SyncDirectory()
    {
        var fd = Syscall.open(_directory, OpenFlags.O_RDONLY);
        if (fd < 0 || Syscall.fsync(fd) != 0)
        {
            var error = Stdlib.GetLastError();
            if (fd >= 0) _ = Syscall.close(fd);
            throw new NodeStoreException($"{_directory}: could not be synced ({error}); a term must not be lost");
        }

        _ = Syscall.close(fd);
    }

    private sealed record Stored(int Version, ulong Term, string Ruler, bool EverRan, ulong Incarnation,
        ulong EligibleCounter, ulong EligibleRandom);
}
