using Holdfast.Native;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Dpdk;

/// <summary>What becomes of frames as devices describe them; no device is needed for that.</summary>
public sealed class DpdkIntakeTests
{
    private PacketPool _pool = null!;
    private FrameCounts _counts = null!;

    [SetUp]
    public void Make() => (_pool, _counts) = (PacketPool.OnHeap(4), new FrameCounts());

    [TearDown]
    public void Free() => _pool.Dispose();

    [Test]
    public void A_tag_that_the_device_took_out_is_put_back()
    {
        var tagged = new TestFrame { VlanTypes = [0x8100] }.Build();
        var frame = Put([.. tagged[..12], .. tagged[16..]]) with { Flags = DpdkFlags.Tagged, Tag = (ushort)((tagged[14] << 8) | tagged[15]) };
        Assert.That(Intake().Accept(ref frame), Is.True);
        Assert.That(_pool.Frame(1).ToArray(), Is.EqualTo(tagged));
    }

    [Test]
    public void A_port_in_a_VLAN_takes_its_frames_without_tag_whoever_takes_that_out([Values] bool byDevice)
    {
        var untagged = new TestFrame().Build();
        DpdkFrame frame;
        if (byDevice)
        {
            frame = Put(untagged) with { Flags = DpdkFlags.Tagged, Tag = 0xE000 | 42 };
        }
        else
        {
            frame = Put([.. untagged[..12], 0x81, 0, 0xE0, 42, .. untagged[12..]]);
        }

        Assert.That(Intake(vlan: 42).Accept(ref frame), Is.True);
        Assert.That(_pool.Frame(1).ToArray(), Is.EqualTo(untagged));
    }

    [Test]
    public void A_port_in_a_VLAN_refuses_what_is_not([Values] bool byDevice)
    {
        var intake = Intake(vlan: 42);
        var untagged = new TestFrame().Build();
        var plain = Put(untagged);
        var other = byDevice ? Put(untagged) with { Flags = DpdkFlags.Tagged, Tag = 43 } : Put([.. untagged[..12], 0x81, 0, 0, 43, .. untagged[12..]]);
        Assert.That(intake.Accept(ref other), Is.False);
        plain = Put(untagged);
        Assert.That(intake.Accept(ref plain), Is.False);
        Assert.That(_counts.Of(Refusal.OtherVlan), Is.EqualTo(2));
    }

    [Test]
    public void What_is_no_frame_for_a_buffer_is_refused()
    {
        var intake = Intake();
        foreach (var (offset, length, why) in new[] { (128, 0, Refusal.TooLong), (128, 13, Refusal.Malformed), (2300, 100, Refusal.TooLong) })
        {
            var frame = new DpdkFrame { Buffer = 1, Offset = (ushort)offset, Length = (ushort)length };
            Assert.That(intake.Accept(ref frame), Is.False);
            Assert.That(_counts.Of(why), Is.GreaterThan(0UL));
        }

        var noRoom = new DpdkFrame { Buffer = 1, Offset = 2, Length = 60, Flags = DpdkFlags.Tagged };
        Assert.That(intake.Accept(ref noRoom), Is.False);
    }

    [Test]
    public void What_a_kernel_interface_cut_off_is_refused_and_elsewhere_is_as_it_is()
    {
        var whole = new TestFrame { Payload = new byte[200] }.Build();
        var cut = Put(whole[..100]);
        Assert.That(Intake(isFromKernel: true).Accept(ref cut), Is.False);
        Assert.That(_counts.Of(Refusal.Giant), Is.EqualTo(1));
        cut = Put(whole[..100]);
        Assert.That(Intake().Accept(ref cut), Is.True);
        Assert.That(_pool.Frame(1).ToArray(), Is.EqualTo(whole[..100]));
    }

    [Test]
    public void A_checksum_that_was_left_to_the_device_is_finished([Values] bool saysTheDevice)
    {
        var right = new TestFrame { Payload = [1, 2, 3] }.Build();
        var unfinished = UnfinishedFrame.Of(right);
        var frame = Put(unfinished) with { Flags = saysTheDevice ? DpdkFlags.Unfinished : DpdkFlags.None };
        Assert.That(Intake(isFromKernel: !saysTheDevice).Accept(ref frame), Is.True);
        Assert.That(_pool.Frame(1).ToArray(), Is.EqualTo(right).And.Not.EqualTo(unfinished));

        frame = Put(unfinished);
        Assert.That(Intake().Accept(ref frame), Is.True);
        Assert.That(_pool.Frame(1).ToArray(), Is.EqualTo(unfinished), "a real network's frames are nobody's to mend");
    }

    [Test]
    public void The_devices_hash_is_the_packets_and_without_one_there_is_none()
    {
        var frame = Put(new TestFrame().Build()) with { Hash = 7, Flags = DpdkFlags.Hashed };
        Assert.That(Intake().Accept(ref frame), Is.True);
        Assert.That(_pool.Metadata(1).FlowHash, Is.EqualTo(7));
        frame = Put(new TestFrame().Build()) with { Hash = 8 };
        Assert.That(Intake().Accept(ref frame), Is.True);
        Assert.That(_pool.Metadata(1).FlowHash, Is.Zero, "of the buffer's last packet nothing may be left");
    }

    [Test]
    public void A_wrong_checksum_is_counted_and_passes()
    {
        var intake = Intake();
        var frame = Put(new TestFrame().Build()) with { Flags = DpdkFlags.BadChecksum };
        Assert.That(intake.Accept(ref frame), Is.True);
        Assert.That(intake.BadChecksums, Is.EqualTo(1));
    }

    private DpdkIntake Intake(int vlan = 0, bool isFromKernel = false) => new(_pool, _counts, vlan, isFromKernel);

    private DpdkFrame Put(byte[] frame)
    {
        frame.CopyTo(_pool.Buffer(1)[PacketPool.HeadRoom..]);
        return new DpdkFrame { Buffer = 1, Offset = PacketPool.HeadRoom, Length = (ushort)frame.Length };
    }
}
