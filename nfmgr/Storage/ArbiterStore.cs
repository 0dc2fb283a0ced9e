using System.Security.Cryptography;
using System.Text.Json;
using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;

namespace Holdfast.Nfmgr.Storage;

/// <summary>What an arbiter remembers across restarts: who was granted the last term, and who may take over.</summary>
public sealed class ArbiterStore : IArbiterDisk, IDisposable
{
    private const int Version = 1;
    private const string FileName = "arbiter.json";

    private readonly SyncedDirectory _directory;
    private Stored _stored;

    private ArbiterStore(SyncedDirectory directory, Stored stored) => (_directory, _stored) = (directory, stored);

    public ArbiterRecord Record => new(new Term(_stored.Term, new NodeId(Convert.ToUInt64(_stored.Holder, 16))),
        new Incarnation(_stored.HolderLife, _stored.HolderRandom), new NodeId(Convert.ToUInt64(_stored.Heir, 16)),
        new Incarnation(_stored.HeirLife, _stored.HeirRandom), _stored.IsComplete);

    /// <summary>Opens and locks the directory, which is made on the first run: an arbiter that knows nothing lets nobody take over.</summary>
    /// <exception cref="NodeStoreException">It can't be made, is in use, or damaged.</exception>
    public static ArbiterStore Open(string directory)
    {
        var file = Path.Combine(directory, FileName);
        if (!File.Exists(file))
        {
            using var made = SyncedDirectory.Create(directory, FileName);
            made.Replace(FileName, JsonSerializer.SerializeToUtf8Bytes(new Stored(Version, 0, 0, "0", 0, 0, "0", 0, 0, false)));
        }

        var held = SyncedDirectory.Open(directory);
        try
        {
            var stored = JsonSerializer.Deserialize<Stored>(File.ReadAllBytes(file))!;
            if (stored.Version != Version)
                throw new NodeStoreException($"{file}: version {stored.Version}, this nfmgr knows {Version}; use the build that wrote it");
            var store = new ArbiterStore(held, stored);
            _ = store.Record; // its numbers can be read
            return store;
        }
        catch (Exception error) when (error is JsonException or FormatException or NullReferenceException or OverflowException or ArgumentException)
        {
            held.Dispose();
            throw new NodeStoreException($"{file}: damaged ({error.Message}). Remove it while one of the nodes rules: that one tells the "
                                         + "arbiter what it has to know");
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Begins a new life: its number is on disk before anyone hears of it.</summary>
    public Incarnation BeginLife()
    {
        Write(_stored with { Lives = _stored.Lives + 1 });
        Span<byte> random = stackalloc byte[8];
        RandomNumberGenerator.Fill(random);
        return new Incarnation(_stored.Lives, BitConverter.ToUInt64(random) | 1);
    }

    public void Write(in ArbiterRecord record) => Write(_stored with
    {
        Term = record.Term.Counter,
        Holder = record.Term.Ruler.ToString(),
        HolderLife = record.Holder.Counter,
        HolderRandom = record.Holder.Random,
        Heir = record.HeirNode.ToString(),
        HeirLife = record.Heir.Counter,
        HeirRandom = record.Heir.Random,
        IsComplete = record.IsComplete,
    });

    public void Dispose() => _directory.Dispose();

    private void Write(Stored next)
    {
        _directory.Replace(FileName, JsonSerializer.SerializeToUtf8Bytes(next));
        _stored = next;
    }

    private sealed record Stored(int Version, ulong Lives, ulong Term, string Holder, ulong HolderLife, ulong HolderRandom,
        string Heir, ulong HeirLife, ulong HeirRandom, bool IsComplete);
}
