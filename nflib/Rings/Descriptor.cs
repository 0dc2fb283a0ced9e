namespace Holdfast.NfLib.Rings;

public enum DescriptorKind : byte
{
    /// <summary>A packet buffer; the value is its index in the pool and which use of the buffer this is.</summary>
    Packet = 0,

    /// <summary>The end of a checkpoint; the value is the checkpoint's number.</summary>
    Barrier = 1,

    /// <summary>The end of a checkpoint whose delta must hold every line in use, because a standby joins.</summary>
    JoinBarrier = 2,

    /// <summary>Time only; the value is the root's time in microseconds since the Unix epoch.</summary>
    Tick = 3,

    /// <summary>On return rings only: a packet whose processing killed its NF, alone; the value is as with a packet.</summary>
    Poison = 4,
}

/// <summary>
/// Eight bytes on a ring: a kind in the top byte and a 56-bit value below. Of a packet's value the low 24 bits are the
/// buffer, the others a number that nfmgr gives to each use of a buffer, so that no copy of a descriptor is taken for
/// another packet; NFs pass it on as it is.
/// </summary>
public readonly record struct Descriptor(ulong Raw)
{
    public const int ValueBits = 56, BufferBits = 24;
    public const ulong MaxValue = (1UL << ValueBits) - 1;

    public DescriptorKind Kind => (DescriptorKind)(Raw >> ValueBits);

    public ulong Value => Raw & MaxValue;

    /// <summary>Of a packet: its buffer.</summary>
    public uint Buffer => (uint)Raw & ((1u << BufferBits) - 1);

    /// <summary>Of a packet: which use of its buffer this is.</summary>
    public uint Use => (uint)(Raw >> BufferBits);

    public static Descriptor Packet(uint buffer, uint use = 0) => new((ulong)use << BufferBits | buffer);

    /// <summary>The same packet, as one that killed its NF.</summary>
    public Descriptor AsPoison() => new((ulong)DescriptorKind.Poison << ValueBits | Value);

    public static Descriptor Barrier(ulong checkpoint, bool join) =>
        new((ulong)(join ? DescriptorKind.JoinBarrier : DescriptorKind.Barrier) << ValueBits | checkpoint & MaxValue);

    public static Descriptor Tick(long timeNanoseconds) =>
        new((ulong)DescriptorKind.Tick << ValueBits | (ulong)(timeNanoseconds / 1000) & MaxValue);
}
