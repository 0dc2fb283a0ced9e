using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Xdp;

/// <summary>What must be as the kernel has it; the numbers are those that a C compiler gives for linux/if_xdp.h and
/// linux/bpf.h.</summary>
public sealed class KernelInterfaceTests
{
    [Test]
    public void Structs_have_the_kernels_sizes_and_offsets()
    {
        Assert.That(Unsafe.SizeOf<UmemRegistration>(), Is.EqualTo(32));
        Assert.That(Unsafe.SizeOf<MappingOffsets>(), Is.EqualTo(128));
        Assert.That(Unsafe.SizeOf<XdpDescriptor>(), Is.EqualTo(16));
        Assert.That(Unsafe.SizeOf<XdpAddress>(), Is.EqualTo(16));
        Assert.That(Unsafe.SizeOf<XdpStatistics>(), Is.EqualTo(48));
        Assert.That(Marshal.OffsetOf<UmemRegistration>(nameof(UmemRegistration.Flags)), Is.EqualTo((nint)24));
        Assert.That(Marshal.OffsetOf<MappingOffsets>(nameof(MappingOffsets.Completion)), Is.EqualTo((nint)96));
        Assert.That(Marshal.OffsetOf<XdpProgram.ProgramLoad>(nameof(XdpProgram.ProgramLoad.Name)), Is.EqualTo((nint)48));
        Assert.That(Marshal.OffsetOf<XdpProgram.ProgramLoad>(nameof(XdpProgram.ProgramLoad.ExpectedAttachType)), Is.EqualTo((nint)68));
        Assert.That(Marshal.OffsetOf<XdpProgram.LinkCreation>(nameof(XdpProgram.LinkCreation.Flags)), Is.EqualTo((nint)12));
        Assert.That(Unsafe.SizeOf<XdpProgram.MapUpdate>(), Is.EqualTo(32));
        Assert.That(Unsafe.SizeOf<XdpProgram.MapCreation>(), Is.EqualTo(20));
    }

    [Test]
    public void The_program_redirects_into_the_map_or_passes() =>
        Assert.That(Convert.ToHexString(XdpProgram.Instructions(map: 0x07)), Is.EqualTo(
            "6112100000000000" + // r2 = *(u32 *)(r1 + 16)
            "1811000007000000" + "0000000000000000" + // r1 = map 7
            "B703000002000000" + // r3 = XDP_PASS
            "8500000033000000" + // call bpf_redirect_map
            "9500000000000000")); // exit
}
