using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Journal;

/// <summary>
/// Writes the journal of one run. Not for several threads. Whole entries reach the file when the buffer is full and at
/// <see cref="Flush"/>; writing one allocates nothing.
/// </summary>
public sealed class JournalWriter : IDisposable
{
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _file;
    private long _written;
    private int _filled;
    private ushort _nodes;

    /// <param name="directory">The run's directory; made if need be.</param>
    /// <exception cref="JournalException">It already holds a journal.</exception>
    public JournalWriter(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = JournalFormat.PathIn(directory);
        if (File.Exists(path))
            throw new JournalException($"{path}: a journal already stands there; give each run a directory of its own");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        MemoryMarshal.Write(_buffer, JournalFormat.Magic);
        MemoryMarshal.Write(_buffer.AsSpan(8), JournalFormat.Version);
        _filled = JournalFormat.FileHeaderBytes;
    }

    /// <summary>Writes that a node plugged in.</summary>
    /// <returns>The number that stands for it in this journal.</returns>
    public ushort Node(string name, int processId)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        var body = Begin(EntryKind.Node, default, _nodes, sizeof(int) + bytes.Length);
        MemoryMarshal.Write(body, processId);
        bytes.CopyTo(body[sizeof(int)..]);
        return _nodes++;
    }

    public void Offered(ushort node, Direction direction, ulong tag, ReadOnlySpan<byte> frame)
    {
        var body = Begin(EntryKind.Offered, direction, node, sizeof(ulong) + frame.Length);
        MemoryMarshal.Write(body, tag);
        frame.CopyTo(body[sizeof(ulong)..]);
    }

    public void Accepted(ushort node, Direction direction, in WireRecord record) =>
        MemoryMarshal.Write(Begin(EntryKind.Accepted, direction, node, Unsafe.SizeOf<WireRecord>()), record);

    /// <param name="node">Who released it.</param>
    /// <param name="direction">The way on which it crossed the chain.</param>
    /// <param name="clock">The clock of its input.</param>
    /// <param name="term">The term in which it was released.</param>
    /// <param name="time">When it was seen, in nanoseconds since the Unix epoch.</param>
    /// <param name="frame">The frame.</param>
    public void CameOut(ushort node, Direction direction, ulong clock, uint term, long time, ReadOnlySpan<byte> frame)
    {
        var header = new OutputHeader { Clock = clock, Time = time, Term = term };
        var size = Unsafe.SizeOf<OutputHeader>();
        var body = Begin(EntryKind.CameOut, direction, node, size + frame.Length);
        MemoryMarshal.Write(body, header);
        frame.CopyTo(body[size..]);
    }

    public void Announced(ushort node, in Announcement announcement) =>
        MemoryMarshal.Write(Begin(EntryKind.Announced, default, node, Unsafe.SizeOf<Announcement>()), announcement);

    /// <summary>Writes that from here on inputs and outputs are missing.</summary>
    public void Unjournaled() => Begin(EntryKind.Unjournaled, default, 0, 0);

    /// <summary>Hands everything written so far to the file.</summary>
    public void Flush()
    {
        RandomAccess.Write(_file, _buffer.AsSpan(0, _filled), _written);
        _written += _filled;
        _filled = 0;
    }

    public void Dispose()
    {
        if (_file.IsClosed) return;
        Flush();
        _file.Dispose();
    }

    private Span<byte> Begin(EntryKind kind, Direction direction, ushort node, int length)
    {
        if (length > JournalFormat.MaxBodyBytes)
            throw new JournalException($"an entry of {length} bytes is longer than {JournalFormat.MaxBodyBytes}");
        var total = JournalFormat.EntryHeaderBytes + length;
        if (_filled + total > _buffer.Length) Flush();
        var header = new EntryHeader { Kind = kind, Direction = (byte)direction, Node = node, Length = length };
        MemoryMarshal.Write(_buffer.AsSpan(_filled), header);
        var body = _buffer.AsSpan(_filled + JournalFormat.EntryHeaderBytes, length);
        _filled += total;
        return body;
    }
}
