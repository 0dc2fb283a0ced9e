using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Interfaces;

/// <summary>The calls and structs by which the kernel is asked about a network interface (netdevice(7),
/// linux/ethtool.h).</summary>
internal static unsafe partial class InterfaceCalls
{
    // Safe: pointers only pass through to the kernel, which checks them; what a struct points to is as large as the
    // struct says, which is the caller's to keep.

    public const nuint SIOCGIFFLAGS = 0x8913, SIOCGIFMTU = 0x8921, SIOCGIFINDEX = 0x8933, SIOCETHTOOL = 0x8946;
    public const short IFF_UP = 0x1, IFF_RUNNING = 0x40, IFF_NOARP = 0x80;
    public const uint ETHTOOL_GDRVINFO = 0x3, ETHTOOL_GSTRINGS = 0x1b, ETHTOOL_GSSET_INFO = 0x37, ETHTOOL_GFEATURES = 0x3a;
    public const uint ETH_SS_FEATURES = 4;

    /// <summary>Most bytes of an interface's name, without the zero at its end.</summary>
    public const int MaxNameBytes = 15;

    /// <summary>struct ifreq.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    public struct InterfaceRequest
    {
        [FieldOffset(0)] public fixed byte Name[MaxNameBytes + 1];
        [FieldOffset(16)] public int Value;
        [FieldOffset(16)] public short Flags;
        [FieldOffset(16)] public void* Data;
    }

    /// <summary>struct ethtool_sset_info, with room for one answer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 24)]
    public struct StringSetInfo
    {
        [FieldOffset(0)] public uint Command;
        [FieldOffset(8)] public ulong Sets;
        [FieldOffset(16)] public uint Count;
    }

    /// <summary>The head of struct ethtool_gstrings; names of 32 bytes follow.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 12)]
    public struct StringSet
    {
        public const int NameBytes = 32;

        [FieldOffset(0)] public uint Command;
        [FieldOffset(4)] public uint Set;
        [FieldOffset(8)] public uint Count;
    }

    /// <summary>The head of struct ethtool_gfeatures; blocks follow.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    public struct Features
    {
        [FieldOffset(0)] public uint Command;
        [FieldOffset(4)] public uint Blocks;
    }

    /// <summary>struct ethtool_get_features_block: 32 features, a bit each.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    public struct FeatureBlock
    {
        [FieldOffset(0)] public uint Available;
        [FieldOffset(4)] public uint Requested;
        [FieldOffset(8)] public uint Active;
        [FieldOffset(12)] public uint NeverChanged;
    }

    /// <summary>struct ethtool_drvinfo.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 196)]
    public struct DriverInfo
    {
        public const int NameBytes = 32;

        [FieldOffset(0)] public uint Command;
        [FieldOffset(4)] public fixed byte Driver[NameBytes];
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int fd, nuint request, InterfaceRequest* argument);
}
