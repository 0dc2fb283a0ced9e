using Mono.Unix.Native;

namespace Holdfast.Nfmgr.Storage;

/// <summary>
/// A directory of small files that are replaced as a whole and synced. A lock held for the process's life keeps a second nfmgr
/// out, so two lives of one node never overlap.
/// </summary>
internal sealed class SyncedDirectory : IDisposable
{
    private readonly string _path;
    private readonly FileStream _lock;

    private SyncedDirectory(string path, FileStream heldLock) => (_path, _lock) = (path, heldLock);

    /// <exception cref="NodeStoreException">In use, or not ours.</exception>
    public static SyncedDirectory Open(string path)
    {
        try
        {
            return new SyncedDirectory(path, new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            throw new NodeStoreException($"{path}: another nfmgr uses this state directory; stop it first");
        }
        catch (UnauthorizedAccessException error)
        {
            throw new NodeStoreException($"{path}: {error.Message}; run as the user that initialised this node");
        }
    }

    /// <summary>Makes the directory for a first run.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="file">The file in it that says that it has been made.</param>
    /// <exception cref="NodeStoreException">It exists already, or can't be made.</exception>
    public static SyncedDirectory Create(string path, string file)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NodeStoreException($"{path}: {error.Message}");
        }

        if (File.Exists(Path.Combine(path, file)))
            throw new NodeStoreException(
                $"{path}: this node is initialised already. To begin anew, stop it, be sure that its peer is off too, " +
                $"and remove {file} there");
        return Open(path);
    }

    /// <summary>Returns when the content would survive a crash of the machine.</summary>
    /// <exception cref="NodeStoreException">The directory can't be synced.</exception>
    public void Replace(string file, ReadOnlySpan<byte> content)
    {
        var target = Path.Combine(_path, file);
        var temporary = target + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, target, overwrite: true);
        Sync();
    }

    public void Dispose() => _lock.Dispose();

    private void Sync()
    {
        var fd = Syscall.open(_path, OpenFlags.O_RDONLY);
        if (fd < 0 || Syscall.fsync(fd) != 0)
        {
            var error = Stdlib.GetLastError();
            if (fd >= 0) _ = Syscall.close(fd);
            throw new NodeStoreException($"{_path}: could not be synced ({error}); a term must not be lost");
        }

        _ = Syscall.close(fd);
    }
}
