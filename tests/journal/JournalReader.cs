using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Journal;

/// <summary>One entry, in place: valid until the reader is disposed.</summary>
public readonly ref struct JournalEntry
{
    private readonly ReadOnlySpan<byte> _body;

    internal JournalEntry(EntryHeader header, long offset, ReadOnlySpan<byte> body)
    {
        Kind = header.Kind;
        Direction = (Direction)header.Direction;
        NodeNumber = header.Node;
        Offset = offset;
        _body = body;
    }

    public EntryKind Kind { get; }

    public Direction Direction { get; }

    public ushort NodeNumber { get; }

    /// <summary>Where the entry stands; <see cref="JournalReader.At"/> finds it again.</summary>
    public long Offset { get; }

    /// <summary>A Node's name and process id.</summary>
    public string Name => Encoding.UTF8.GetString(_body[sizeof(int)..]);

    public int ProcessId => MemoryMarshal.Read<int>(_body);

    /// <summary>An offered frame's tag.</summary>
    public ulong Tag => MemoryMarshal.Read<ulong>(_body);

    public WireRecord Record => MemoryMarshal.Read<WireRecord>(_body);

    public OutputHeader Output => MemoryMarshal.Read<OutputHeader>(_body);

    public Announcement Announcement => MemoryMarshal.Read<Announcement>(_body);

    /// <summary>The frame of an Offered or CameOut entry.</summary>
    public ReadOnlySpan<byte> Frame => _body[MinimumOf(Kind)..];

    internal static int MinimumOf(EntryKind kind) => kind switch
    {
        EntryKind.Node => sizeof(int),
        EntryKind.Offered => sizeof(ulong),
        EntryKind.Accepted => Unsafe.SizeOf<WireRecord>(),
        EntryKind.CameOut => Unsafe.SizeOf<OutputHeader>(),
        EntryKind.Announced => Unsafe.SizeOf<Announcement>(),
        EntryKind.Unjournaled => 0,
        _ => -1,
    };
}

/// <summary>Reads a journal through a mapping of its file; every length is checked before it is used.</summary>
public sealed unsafe class JournalReader : IDisposable
{
    private readonly string _path;
    private readonly long _length;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;
    private long _next = JournalFormat.FileHeaderBytes;

    /// <exception cref="JournalException">The directory holds no journal, or one of another version.</exception>
    public JournalReader(string directory)
    {
        _path = JournalFormat.PathIn(directory);
        if (!File.Exists(_path))
            throw new JournalException($"{_path}: no such file; name the directory of the generator's --journal");
        _length = new FileInfo(_path).Length;
        if (_length < JournalFormat.FileHeaderBytes)
            throw new JournalException($"{_path}: {_length} bytes are no journal");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
        // Safe: released in Dispose; At checks every position against the length that was mapped.
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
        var (magic, version) = (*(ulong*)_base, *(ulong*)(_base + 8));
        if (magic == JournalFormat.Magic && version == JournalFormat.Version) return;
        Dispose();
        throw new JournalException(magic == JournalFormat.Magic
            ? $"{_path}: journal version {version}, this program knows {JournalFormat.Version}; use one build"
            : $"{_path}: magic {magic:x16} is not a journal's");
    }

    /// <summary>Reads the next entry; false at the end.</summary>
    /// <exception cref="JournalException">The file is damaged here.</exception>
    public bool TryRead(out JournalEntry entry)
    {
        entry = default;
        if (_next == _length) return false;
        entry = At(_next);
        _next += JournalFormat.EntryHeaderBytes + ((EntryHeader*)(_base + _next))->Length;
        return true;
    }

    /// <summary>Reads the entry at an offset that an entry had.</summary>
    /// <exception cref="JournalException">No whole entry stands there.</exception>
    public JournalEntry At(long offset)
    {
        if (offset < 0 || offset > _length - JournalFormat.EntryHeaderBytes)
            throw Damaged(offset, "the file ends inside an entry");
        var header = *(EntryHeader*)(_base + offset);
        var minimum = JournalEntry.MinimumOf(header.Kind);
        if (minimum < 0) throw Damaged(offset, $"an entry is of unknown kind {(int)header.Kind}");
        if (header.Length < minimum || header.Length > JournalFormat.MaxBodyBytes || header.Direction > 1)
            throw Damaged(offset, $"a {header.Kind} entry of {header.Length} bytes, direction {header.Direction}");
        if (offset + JournalFormat.EntryHeaderBytes + header.Length > _length)
            throw Damaged(offset, "the file ends inside an entry");
        var body = new ReadOnlySpan<byte>(_base + offset + JournalFormat.EntryHeaderBytes, header.Length);
        return new JournalEntry(header, offset, body);
    }

    public void Dispose()
    {
        if (!_view.SafeMemoryMappedViewHandle.IsClosed) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private JournalException Damaged(long offset, string what) =>
        new($"{_path}: damaged at byte {offset}: {what}; was the generator killed, not ended by closing its input?");
}
