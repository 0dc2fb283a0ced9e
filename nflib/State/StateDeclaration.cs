using System.Runtime.CompilerServices;
using System.Text;

namespace Holdfast.NfLib.State;

/// <summary>
/// Where an NF declares its containers. On a fresh block they are made; on a block that another process left they are
/// found again, and anything that differs is refused.
/// </summary>
public sealed class StateDeclaration
{
    private readonly StateBlock _block;
    private readonly ulong _seed;
    private readonly bool _fresh, _checks;
    private readonly HashSet<string> _names = [];
    private int _next = StateBlock.LineBytes;

    /// <param name="block">The instance's block.</param>
    /// <param name="seed">Seeds the random sources of a fresh block; the same seed gives the same numbers.</param>
    public StateDeclaration(StateBlock block, ulong seed = 0)
    {
        _block = block;
        _seed = seed;
        _fresh = !StateDirectory.IsDeclared(block.Data);
        _checks = true;
        if (!_fresh) return;
        block.MarkedAt<StateHeader>(0) =
            new StateHeader { Magic = StateHeader.ExpectedMagic, Used = StateBlock.LineBytes };
    }

    private StateDeclaration(StateBlock block) => _block = block;

    /// <summary>Finds the containers where a block of the same layout has them, without looking at the block: another
    /// process is working on it, or it is a replica that is still empty.</summary>
    internal static StateDeclaration Bind(StateBlock block) => new(block);

    /// <summary>A 64-bit counter.</summary>
    public Counter Counter(string name, int version = 1) =>
        new(_block, Place<byte, ulong>(name, ContainerKind.Counter, 1, version, keyBytes: 0));

    /// <summary>A fixed number of values.</summary>
    public StateArray<T> Array<T>(string name, int length, int version = 1) where T : unmanaged =>
        new(_block, Place<byte, T>(name, ContainerKind.Array, length, version, keyBytes: 0), length);

    /// <summary>A hash map with a fixed capacity (at most 32,767) and slots that stay where they are.</summary>
    public Map<TKey, TValue> Map<TKey, TValue>(string name, int capacity, int version = 1)
        where TKey : unmanaged where TValue : unmanaged
    {
        ContainerLayout.Check<TKey>(name, isKey: true);
        var data = Place<TKey, TValue>(name, ContainerKind.Map, capacity, version, Unsafe.SizeOf<TKey>());
        return new Map<TKey, TValue>(_block, data, capacity, _fresh);
    }

    /// <summary>The numbers 0 to <paramref name="size"/> - 1, each taken at most once at a time; the one that was free
    /// longest is taken next.</summary>
    public Pool Pool(string name, int size, int version = 1) =>
        new(_block, Place<byte, ushort>(name, ContainerKind.Pool, size, version, keyBytes: 0), size, _fresh);

    /// <summary>A random source whose state is replicated with everything else.</summary>
    public RandomSource Random(string name, int version = 1) =>
        new(_block, Place<byte, ulong>(name, ContainerKind.Random, 1, version, keyBytes: 0),
            _fresh ? StableHash.Add(_seed ^ StableHash.Seed, name) : null);

    /// <summary>Ends the declaration: a block left by another process must not hold more than was declared.</summary>
    /// <exception cref="StateLayoutException">It does.</exception>
    public void Complete()
    {
        if (_fresh || !_checks || !StateDirectory.TryRead(_block.Data, _next, out var extra)) return;
        throw new StateLayoutException($"the state block also holds {extra}, which this NF does not declare");
    }

    private unsafe int Place<TKey, TValue>(string name, ContainerKind kind, int capacity, int version, int keyBytes)
        where TKey : unmanaged where TValue : unmanaged
    {
        ContainerLayout.Check<TValue>(name, isKey: false);
        if (capacity is < 1 or > ContainerLayout.MaxCapacity)
            throw new StateLayoutException($"'{name}': capacity {capacity} is not within 1 to {ContainerLayout.MaxCapacity}");
        var nameBytes = Encoding.UTF8.GetBytes(name);
        if (nameBytes.Length is 0 or > ContainerEntry.MaxNameBytes)
            throw new StateLayoutException($"'{name}': a container's name has 1 to {ContainerEntry.MaxNameBytes} bytes");
        if (!_names.Add(name))
            throw new StateLayoutException($"'{name}' is declared twice; give each container a name of its own");

        var stride = ContainerLayout.StrideOf(keyBytes + Unsafe.SizeOf<TValue>());
        var entry = new ContainerEntry
        {
            Kind = kind,
            Version = (ushort)version,
            KeyBytes = (ushort)keyBytes,
            ValueBytes = (ushort)Unsafe.SizeOf<TValue>(),
            Capacity = capacity,
            Stride = stride,
            Length = (int)Math.Min(ContainerLayout.LengthOf(kind, capacity, stride), int.MaxValue),
            Fingerprint = ContainerLayout.Fingerprint(typeof(TValue), ContainerLayout.Fingerprint(typeof(TKey))),
        };
        // Safe: the name was checked to fit the fixed buffer.
        nameBytes.CopyTo(new Span<byte>(entry.Name, ContainerEntry.MaxNameBytes));

        var data = _next + StateBlock.LineBytes;
        if (_fresh) Append(entry);
        else if (_checks) CheckSame(entry);
        _next = data + entry.Length;
        return data;
    }

    private void Append(in ContainerEntry entry)
    {
        var free = StateBlock.Bytes - _next - StateBlock.LineBytes;
        if (entry.Length > free)
            throw new StateLayoutException(
                $"{entry} needs {entry.Length} bytes, but the state block has only {Math.Max(free, 0)} left of {StateBlock.Bytes}; " +
                "lower a capacity");
        _block.MarkedAt<ContainerEntry>(_next) = entry;
        ref var header = ref _block.MarkedAt<StateHeader>(0);
        header.Used = _next + StateBlock.LineBytes + entry.Length;
        header.Containers++;
    }

    private void CheckSame(in ContainerEntry entry)
    {
        if (!StateDirectory.TryRead(_block.Data, _next, out var found))
            throw new StateLayoutException($"the state block ends before {entry}; it was written by another build of the NF");
        if (!found.SameLayout(entry))
            throw new StateLayoutException($"the state block holds {found}, but this NF declares {entry}");
    }
}
