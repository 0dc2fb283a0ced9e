using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Interface;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Interface;

/// <summary>Where the fields of the kernel's structs lie, by sizeof and offsetof of its headers on x86-64, under the
/// headers' names.</summary>
public sealed class KernelStructTests
{
    private static readonly Dictionary<Type, (string Name, string Layout)> Structs = new()
    {
        // sll_family, sll_protocol, sll_ifindex
        [typeof(LinkAddress)] = ("sockaddr_ll", "20: 0+2 2+2 4+4"),
        // mr_ifindex, mr_type
        [typeof(PacketMembership)] = ("packet_mreq", "16: 0+4 4+2"),
        // tp_block_size, tp_block_nr, tp_frame_size, tp_frame_nr
        [typeof(RingRequest)] = ("tpacket_req", "16: 0+4 4+4 8+4 12+4"),
        // tp_status, tp_len, tp_snaplen, tp_mac, tp_vlan_tci, tp_vlan_tpid
        [typeof(RingFrameHeader)] = ("tpacket2_hdr", "32: 0+4 4+4 8+4 12+2 24+2 26+2"),
        // tp_packets, tp_drops
        [typeof(RingStatistics)] = ("tpacket_stats", "8: 0+4 4+4"),
        // flags, gso_type, csum_start, csum_offset
        [typeof(OffloadHeader)] = ("virtio_net_hdr", "10: 0+1 1+1 6+2 8+2"),
        // code, jt, jf, k
        [typeof(FilterInstruction)] = ("sock_filter", "8: 0+2 2+1 3+1 4+4"),
        // len, filter
        [typeof(FilterProgram)] = ("sock_fprog", "16: 0+2 8+8"),
        // iov_base, iov_len
        [typeof(IoVector)] = ("iovec", "16: 0+8 8+8"),
        // msg_hdr.msg_iov, msg_hdr.msg_iovlen, msg_len
        [typeof(BatchedMessage)] = ("mmsghdr", "64: 16+8 24+8 56+4"),
        // ifr_name, ifr_ifindex or ifr_mtu, ifr_flags, ifr_data
        [typeof(InterfaceCalls.InterfaceRequest)] = ("ifreq", "40: 0+16 16+4 16+2 16+8"),
        // cmd, sset_mask, data; and 4 bytes of data, rounded up
        [typeof(InterfaceCalls.StringSetInfo)] = ("ethtool_sset_info", "24: 0+4 8+8 16+4"),
        // cmd, string_set, len
        [typeof(InterfaceCalls.StringSet)] = ("ethtool_gstrings", "12: 0+4 4+4 8+4"),
        // cmd, size
        [typeof(InterfaceCalls.Features)] = ("ethtool_gfeatures", "8: 0+4 4+4"),
        // available, requested, active, never_changed
        [typeof(InterfaceCalls.FeatureBlock)] = ("ethtool_get_features_block", "16: 0+4 4+4 8+4 12+4"),
        // cmd, driver
        [typeof(InterfaceCalls.DriverInfo)] = ("ethtool_drvinfo", "196: 0+4 4+32"),
    };

    public static IEnumerable<Type> Types => Structs.Keys;

    [TestCaseSource(nameof(Types))]
    public void Every_field_lies_where_the_kernel_has_it(Type type) =>
        Assert.That(LayoutOf(type), Is.EqualTo(Structs[type].Layout), Structs[type].Name);

    [Test]
    public void No_struct_is_missing_in_the_table()
    {
        var declared = typeof(LinkAddress).Assembly.GetTypes().Where(t => t is { IsValueType: true, IsExplicitLayout: true }
            && t.Namespace is "Holdfast.Nfmgr.Ports.Interface" or "Holdfast.Nfmgr.Interfaces" && t.Name[0] != '<');
        Assert.That(declared, Is.EquivalentTo(Structs.Keys));
    }

    private static string LayoutOf(Type type) =>
        $"{RuntimeHelpers.SizeOf(type.TypeHandle)}: " + string.Join(' ',
            type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Select(f => $"{Marshal.OffsetOf(type, f.Name)}+{RuntimeHelpers.SizeOf(f.FieldType.TypeHandle)}"));
}
