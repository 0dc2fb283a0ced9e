using System.Runtime.InteropServices;
using Holdfast.NfLib.State;

namespace Holdfast.Replicator.Replica;

/// <summary>
/// The payload of PREPARE: for the root and each NF, in order, the length of its delta in 4 bytes and the delta.
/// </summary>
public static class PreparePayload
{
    public static int MaxBytes(int instances) => instances * (sizeof(int) + Delta.MaxBytes);

    /// <summary>Writes all instances' captured deltas of a checkpoint.</summary>
    /// <returns>Bytes written.</returns>
    public static int Encode(ReadOnlySpan<DeltaSlots> instances, ulong checkpoint, Span<byte> destination)
    {
        var written = 0;
        foreach (var slots in instances)
        {
            var length = slots.Encode(checkpoint, destination[(written + sizeof(int))..]);
            MemoryMarshal.Write(destination[written..], length);
            written += sizeof(int) + length;
        }

        return written;
    }

    /// <summary>Whether the payload is exactly one valid delta per instance.</summary>
    public static bool IsValid(ReadOnlySpan<byte> payload, int instances)
    {
        for (var i = 0; i < instances; i++)
        {
            if (!TryTake(ref payload, out var delta) || !Delta.IsValid(delta)) return false;
        }

        return payload.IsEmpty;
    }

    /// <summary>Writes a valid payload into the instances' blocks, whose NFs sleep.</summary>
    public static void Apply(ReadOnlySpan<byte> payload, ReadOnlySpan<StateBlock> blocks)
    {
        foreach (var block in blocks)
        {
            TryTake(ref payload, out var delta);
            Delta.Apply(delta, block);
        }
    }

    private static bool TryTake(ref ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> delta)
    {
        delta = default;
        if (payload.Length < sizeof(int)) return false;
        var length = MemoryMarshal.Read<int>(payload);
        if (length < 0 || length > payload.Length - sizeof(int)) return false;
        delta = payload.Slice(sizeof(int), length);
        payload = payload[(sizeof(int) + length)..];
        return true;
    }
}
