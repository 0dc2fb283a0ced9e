using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>How many bytes each kind of container takes, and which types may live in one.</summary>
internal static class ContainerLayout
{
    public const int MaxCapacity = 32_767;

    /// <summary>Distance of two values: 16, 32 or a multiple of 64 bytes (8 and less: a power of two), so that a value
    /// crosses as few lines as it can.</summary>
    public static int StrideOf(int bytes) => bytes switch
    {
        <= 32 => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, 1)),
        _ => RoundUp(bytes, StateBlock.LineBytes),
    };

    public static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    /// <summary>Buckets of a map: a power of two at least as large as its capacity.</summary>
    public static int BucketsOf(int capacity) => (int)BitOperations.RoundUpToPowerOf2((uint)capacity);

    /// <summary>Bytes of data, in long so that hostile capacities can't overflow.</summary>
    public static long LengthOf(ContainerKind kind, int capacity, int stride) => kind switch
    {
        ContainerKind.Counter or ContainerKind.Random => StateBlock.LineBytes,
        ContainerKind.Array => Lines((long)capacity * stride),
        // header, buckets and links of two bytes each, entries
        ContainerKind.Map => StateBlock.LineBytes + Lines(2L * BucketsOf(capacity)) + Lines(2L * capacity)
                             + Lines((long)capacity * stride),
        // header, queue of free numbers, bitmap of taken ones
        ContainerKind.Pool => StateBlock.LineBytes + Lines(2L * capacity) + Lines((capacity + 7L) / 8),
        _ => -1,
    };

    /// <summary>Whether an entry read from a block describes a container that fits its own length.</summary>
    public static bool Fits(in ContainerEntry entry) =>
        entry.Capacity is >= 1 and <= MaxCapacity
        && entry.Stride is >= 1 and <= StateBlock.Bytes
        && entry.KeyBytes + entry.ValueBytes <= entry.Stride
        && LengthOf(entry.Kind, entry.Capacity, entry.Stride) == entry.Length;

    /// <summary>Refuses types whose bytes are not their value: padding, runtime-chosen order, nothing at all.</summary>
    /// <exception cref="StateLayoutException">Names the type and what to change.</exception>
    public static void Check<T>(string container, bool isKey) where T : unmanaged
    {
        var type = typeof(T);
        if (type.IsPrimitive || type.IsEnum) return;
        if (type.IsAutoLayout)
            throw new StateLayoutException($"'{container}': {type.Name} must have [StructLayout(LayoutKind.Sequential)]");
        if (isKey && FieldBytes(type) != Unsafe.SizeOf<T>())
            throw new StateLayoutException(
                $"'{container}': key {type.Name} has padding, and keys are compared byte by byte; order its fields from " +
                "large to small and fill the rest with a named field that stays zero");
    }

    /// <summary>Hash of the names, types and places of all fields, so that a changed struct is noticed.</summary>
    public static ulong Fingerprint(Type type, ulong hash = StableHash.Seed)
    {
        if (type.IsEnum) return StableHash.Add(hash, $"{type.Name} {type.GetEnumUnderlyingType().Name};");
        if (type.IsPrimitive) return StableHash.Add(hash, $"{type.Name};");
        hash = StableHash.Add(hash,
            $"{type.Name} {type.StructLayoutAttribute?.Value} {type.StructLayoutAttribute?.Pack} " +
            $"{type.StructLayoutAttribute?.Size} {RepeatsOf(type)};");
        foreach (var field in FieldsOf(type))
        {
            hash = StableHash.Add(hash, $"{field.Name} {field.GetCustomAttribute<FieldOffsetAttribute>()?.Value} ");
            hash = Fingerprint(field.FieldType, hash);
        }

        return hash;
    }

    private static int FieldBytes(Type type)
    {
        if (type.IsPrimitive || type.IsEnum) return RuntimeHelpers.SizeOf(type.TypeHandle);
        return RepeatsOf(type) * FieldsOf(type).Sum(f => FieldBytes(f.FieldType));
    }

    private static int RepeatsOf(Type type) => type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 1;

    private static IEnumerable<FieldInfo> FieldsOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(f => f.MetadataToken);

    private static long Lines(long bytes) =>
        (bytes + StateBlock.LineBytes - 1) / StateBlock.LineBytes * StateBlock.LineBytes;
}
