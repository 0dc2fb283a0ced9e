using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>A state block that <c>nfmgr save-state</c> wrote, read by its own directory, without the NF's settings. For
/// people who look at it; nothing is changed.</summary>
public sealed class SavedState
{
    private readonly byte[] _data;

    /// <param name="data">The block's 64 KiB.</param>
    /// <exception cref="StateLayoutException">They are not a declared block.</exception>
    public SavedState(byte[] data)
    {
        if (data.Length != StateBlock.Bytes)
            throw new StateLayoutException(
                $"a state block has {StateBlock.Bytes} bytes, not {data.Length}; give a file that `nfmgr save-state` wrote");
        if (!StateDirectory.IsDeclared(data))
            throw new StateLayoutException(
                "no NF has declared this state: it is that of a standby before its first checkpoint, or no state block");
        _data = data;
    }

    /// <summary>Whether there is such a container.</summary>
    public bool Has(string name) => TryFind(name, out _, out _);

    /// <summary>The value of a counter.</summary>
    /// <exception cref="StateLayoutException">There is no such container of this kind and layout; so with those
    /// below.</exception>
    public ulong Counter(string name) => MemoryMarshal.Read<ulong>(Find<byte, ulong>(name, ContainerKind.Counter, out _));

    /// <summary>The values of an array.</summary>
    public IReadOnlyList<T> Array<T>(string name) where T : unmanaged
    {
        var data = Find<byte, T>(name, ContainerKind.Array, out var entry);
        var values = new T[entry.Capacity];
        for (var i = 0; i < values.Length; i++) values[i] = MemoryMarshal.Read<T>(data[(i * entry.Stride)..]);
        return values;
    }

    /// <summary>The entries of a map, in the order of its slots.</summary>
    public IReadOnlyList<KeyValuePair<TKey, TValue>> Map<TKey, TValue>(string name)
        where TKey : unmanaged where TValue : unmanaged
    {
        var data = Find<TKey, TValue>(name, ContainerKind.Map, out var entry);
        var entries = new List<KeyValuePair<TKey, TValue>>();
        foreach (var stored in MapEntries.Of(entry, data))
        {
            var bytes = data[stored];
            entries.Add(new(MemoryMarshal.Read<TKey>(bytes), MemoryMarshal.Read<TValue>(bytes[Unsafe.SizeOf<TKey>()..])));
        }

        return entries;
    }

    private ReadOnlySpan<byte> Find<TKey, TValue>(string name, ContainerKind kind, out ContainerEntry entry)
    {
        if (!TryFind(name, out entry, out var offset))
            throw new StateLayoutException($"there is no '{name}' in this state: it is another NF's, or another build's");
        var layout = ContainerLayout.Fingerprint(typeof(TValue), ContainerLayout.Fingerprint(typeof(TKey)));
        if (entry.Kind != kind || entry.Fingerprint != layout)
            throw new StateLayoutException($"this state holds {entry}, which is another NF's, or another build's");
        return _data.AsSpan(offset, entry.Length);
    }

    private bool TryFind(string name, out ContainerEntry entry, out int offset)
    {
        offset = StateBlock.LineBytes;
        while (StateDirectory.TryRead(_data, offset, out entry))
        {
            offset += StateBlock.LineBytes;
            if (entry.NameText == name) return true;
            offset += entry.Length;
        }

        return false;
    }
}
