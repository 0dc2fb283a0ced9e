using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Dpdk;

public sealed class VlanTagTests
{
    [Test]
    public void A_tag_that_is_put_in_is_where_one_belongs_and_comes_out_again()
    {
        var frame = new TestFrame().Build();
        var room = new byte[frame.Length + 4];
        frame.CopyTo(room, 4);
        VlanTag.Insert(room, 0x6007);
        Assert.That(room[..12], Is.EqualTo(frame[..12]));
        Assert.That(room[12..16], Is.EqualTo(new byte[] { 0x81, 0, 0x60, 7 }));
        Assert.That(room[16..], Is.EqualTo(frame[12..]));
        Assert.That(VlanTag.TryRead(room, out var tag), Is.True);
        Assert.That((tag, VlanTag.IdentifierOf(tag)), Is.EqualTo(((ushort)0x6007, 7)), "the priority is no part of the VLAN's number");
        VlanTag.Remove(room);
        Assert.That(room[4..], Is.EqualTo(frame));
    }

    [Test]
    public void What_has_no_tag_or_ends_inside_one_has_none()
    {
        Assert.That(VlanTag.TryRead(new TestFrame().Build(), out _), Is.False);
        Assert.That(VlanTag.TryRead(new TestFrame { VlanTypes = [0x88a8] }.Build(), out _), Is.False);
        var cut = new TestFrame { VlanTypes = [0x8100] }.Build()[..17];
        for (var length = 0; length <= cut.Length; length++) Assert.That(VlanTag.TryRead(cut.AsSpan(0, length), out _), Is.False, $"{length}");
    }
}
