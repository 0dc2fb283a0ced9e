namespace Holdfast.NfLib.Rings;

public enum DescriptorKind : byte
{
    /// <summary>A packet buffer; the value is its index in the pool.</summary>
    Packet = 0,

    /// <summary>The end of a checkpoint; the value is the checkpoint's number.</summary>
    Barrier = 1,

    /// <summary>The end of a checkpoint whose delta must hold every line in use, because a standby joins.</summary>
    JoinBarrier = 2,

    /// <summary>Time only; the value is the root's time in microseconds since the Unix epoch.</summary>
    Tick = 3,

    /// <summary>On return rings only: a packet buffer whose packet killed its NF, alone; the value is its index.</summary>
    Poison = 4,
}

/// <summary>Eight bytes on a ring: a kind in the top byte and a 56-bit value below.</summary>
public readonly record struct Descriptor(ulong Raw)
{
    public const int ValueBits = 56;
    public const ulong MaxValue = (1UL << ValueBits) - 1;

    public DescriptorKind Kind => (DescriptorKind)(Raw >> ValueBits);

    public ulong Value => Raw & MaxValue;

    public static Descriptor Packet(uint bufferIndex) => new(bufferIndex);

    public static Descriptor Poison(uint bufferIndex) => new((ulong)DescriptorKind.Poison << ValueBits | bufferIndex);

    public static Descriptor Barrier(ulong checkpoint, bool join) =>
        new((ulong)(join ? DescriptorKind.JoinBarrier : DescriptorKind.Barrier) << ValueBits | checkpoint & MaxValue);

    public static Descriptor Tick(long timeNanoseconds) =>
        new((ulong)DescriptorKind.Tick << ValueBits | (ulong)(timeNanoseconds / 1000) & MaxValue);
}
