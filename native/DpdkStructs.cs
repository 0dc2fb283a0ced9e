using System.Runtime.InteropServices;

namespace Holdfast.Native;

// As in shim/holdfast_dpdk.h, which says what each field means; a test compares the two.

[StructLayout(LayoutKind.Sequential)]
public struct DpdkMemoryArea
{
    public nint Base;
    public ulong Bytes, PageBytes, First;
    public uint Stride, Room, Count, NumaNode;

    public const uint AnyNode = uint.MaxValue;
}

[StructLayout(LayoutKind.Sequential)]
public struct DpdkRequest
{
    public uint Queues, Descriptors;
}

/// <summary>Where opening a port failed.</summary>
public enum DpdkStage : uint
{
    None,
    Probing,
    Finding,
    Configuring,
    ReceiveQueue,
    SendQueue,
    Mapping,
    Starting,
    Queues,
}

[StructLayout(LayoutKind.Sequential)]
public struct DpdkFacts
{
    public DriverName Driver;
    public MacAddress Address;
    public byte IsPhysical, Hashes, HearsAll;
    public uint ReceiveDescriptors, SendDescriptors, MostQueues, Mtu;
    public DpdkStage Stage;
    public ulong ReceiveOffloads;

    [System.Runtime.CompilerServices.InlineArray(32)]
    public struct DriverName
    {
        private byte _first;

        public override readonly string ToString()
        {
            ReadOnlySpan<byte> text = this;
            var end = text.IndexOf((byte)0);
            return System.Text.Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
        }
    }

    [System.Runtime.CompilerServices.InlineArray(6)]
    public struct MacAddress
    {
        private byte _first;
    }
}

[StructLayout(LayoutKind.Sequential)]
public struct DpdkCounters
{
    public ulong Received, Sent, Missed, ReceiveErrors, SendErrors;
}

[StructLayout(LayoutKind.Sequential)]
public struct DpdkLink
{
    public uint IsUp, Megabits;
}

[Flags]
public enum DpdkFlags : ushort
{
    None = 0,

    /// <summary>The hash is the device's.</summary>
    Hashed = 1,

    /// <summary>The sender left the TCP or UDP checksum to its device.</summary>
    Unfinished = 2,

    /// <summary>The device found a checksum wrong.</summary>
    BadChecksum = 4,

    /// <summary>The tag was taken out of the frame.</summary>
    Tagged = 8,
}

[StructLayout(LayoutKind.Sequential)]
public struct DpdkFrame
{
    public uint Buffer;
    public ushort Offset, Length;
    public uint Hash;
    public DpdkFlags Flags;
    public ushort Tag;
}
