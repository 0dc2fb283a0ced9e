using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Xdp;

/// <summary>Buffers as the kernel addresses them.</summary>
public sealed class UmemTests
{
    [Test]
    public unsafe void An_address_is_where_the_buffer_lies_in_the_pools_memory()
    {
        using var pool = PacketPool.OnHeap(10);
        var umem = Umem.Of(pool);
        // Safe: only addresses are compared.
        for (uint i = 0; i < 10; i++)
        {
            fixed (byte* buffer = pool.Buffer(i)) Assert.That(umem.AddressOf(i), Is.EqualTo((ulong)(buffer - pool.Memory.Base)));
        }
    }

    [Test]
    public void Address_and_buffer_lead_to_each_other()
    {
        var umem = new Umem(first: 704, count: 10);
        for (uint i = 0; i < 10; i++)
        {
            foreach (var offset in (int[])[0, 1, 256, 2303])
            {
                Assert.That(umem.TryLocate(umem.AddressOf(i, offset), out var buffer, out var at), Is.True);
                Assert.That((buffer, at), Is.EqualTo((i, offset)));
            }
        }
    }

    [TestCase(0UL)]
    [TestCase(703UL)]
    [TestCase(705UL)]
    [TestCase(704UL + 2303)]
    [TestCase(704UL + 10 * 2304)]
    [TestCase(704UL + (2304UL << 32))] // the index would wrap round at 32 bits
    [TestCase(704UL | 2304UL << 48)]
    [TestCase(0xFFFF_FFFF_FFFFUL)]
    [TestCase(ulong.MaxValue)]
    [TestCase(unchecked(704UL - 2304))]
    public void Other_addresses_are_refused(ulong address) =>
        Assert.That(new Umem(704, 10).TryLocate(address, out _, out _), Is.False);

    [Test]
    public void Random_addresses_lead_into_the_pool_or_nowhere()
    {
        var umem = new Umem(704, 10);
        var random = new Random(1);
        for (var i = 0; i < 1_000_000; i++)
        {
            // Near the pool, or anywhere.
            var address = (ulong)random.NextInt64() >> random.Next(64);
            if (i % 2 == 0) address = (uint)random.Next(30_000) | (ulong)random.Next(3000) << 48;
            if (!umem.TryLocate(address, out var buffer, out var offset)) continue;
            Assert.That(buffer, Is.LessThan(10));
            Assert.That(offset, Is.InRange(0, PacketPool.BufferBytes - 1));
            Assert.That(umem.AddressOf(buffer, offset), Is.EqualTo(address));
        }
    }

    [Test]
    public void Buffers_on_two_huge_pages_are_known()
    {
        var umem = new Umem(0, 2000);
        Assert.That(Enumerable.Range(0, 2000).Where(i => umem.CrossesHugePages((uint)i)), Is.EqualTo(new[] { 885, 1771 }));
    }
}
