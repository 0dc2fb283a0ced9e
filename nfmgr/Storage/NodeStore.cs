using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Transport;

namespace Holdfast.Nfmgr.Storage;

/// <summary>The node's state directory can't be used.</summary>
public sealed class NodeStoreException(string message) : Exception(message);

/// <summary>
/// What a node remembers across restarts: terms and lives.
/// </summary>
public sealed class NodeStore : INodeDisk, IDisposable
{
    private const int Version = 1;
    private const string FileName = "node.json";
    private readonly string _file;
    private readonly SyncedDirectory _directory;

    private NodeStore(string path, SyncedDirectory directory)
    {
        _file = Path.Combine(path, FileName);
        _directory = directory;
    }

    /// <summary>The record as it stands on disk.</summary>
    public NodeRecord Record { get; private set; }

    /// <summary>Opens and locks the directory of a node that was initialised.</summary>
    /// <exception cref="NodeStoreException">Not initialised, in use, or damaged.</exception>
    public static NodeStore Open(string directory)
    {
        if (!File.Exists(Path.Combine(directory, FileName)))
            throw new NodeStoreException($"{directory}: this node was never initialised; run `nfmgr init --config FILE` once");
        var opened = new NodeStore(directory, SyncedDirectory.Open(directory));
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
        using var made = new NodeStore(directory, SyncedDirectory.Create(directory, FileName));
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
        _directory.Replace(FileName, JsonSerializer.SerializeToUtf8Bytes(new Stored(Version, record.Term.Counter, record.Term.Ruler.ToString(),
            record.EverRan, record.IncarnationCounter, record.EligiblePeer.Counter, record.EligiblePeer.Random)));
        Record = record;
    }

    public void Dispose() => _directory.Dispose();

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

    private sealed record Stored(int Version, ulong Term, string Ruler, bool EverRan, ulong Incarnation,
        ulong EligibleCounter, ulong EligibleRandom);
}
