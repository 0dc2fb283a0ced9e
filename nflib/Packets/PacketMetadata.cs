using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Packets;

/// <summary>
/// The cache line beside each packet buffer. NFs can write it, so nfmgr keeps its own record of a buffer's owner and
/// clock; what stands here is a copy.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct PacketMetadata
{
    public const int Bytes = 64;

    /// <summary>Where the frame begins in its buffer, in bytes.</summary>
    [FieldOffset(0)] public ushort Offset;

    /// <summary>Length of the frame in bytes, from the Ethernet header, without FCS.</summary>
    [FieldOffset(2)] public ushort Length;

    /// <summary>0 for a packet on its way from the left port to the right one, 1 for the other way.</summary>
    [FieldOffset(4)] public byte Direction;

    /// <summary>As NfLib.Headers.FlowHash has it, of the frame as it is now; 0 when nobody has computed it.</summary>
    [FieldOffset(8)] public uint FlowHash;

    /// <summary>The root's time in nanoseconds since the Unix epoch.</summary>
    [FieldOffset(16)] public long Time;

    /// <summary>The root's logical clock (the count; the term is the node's).</summary>
    [FieldOffset(24)] public ulong Clock;
}
