using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Xdp;

/// <summary>Buffers against what the kernel's rings hold, however wrong that is.</summary>
public sealed class BufferExchangeTests
{
    private const uint Count = 32, Kept = 8;

    private readonly PacketPool _pool = PacketPool.OnHeap(Count);
    private readonly PlainRing<ulong> _fill = new(16), _completed = new(16);
    private readonly PlainRing<XdpDescriptor> _received = new(16);
    private PortBuffers _buffers = null!;
    private FrameCounts _counts = null!;
    private BufferExchange _exchange = null!;
    private XskProducer<ulong> _toKernel = null!;
    private XskConsumer<XdpDescriptor> _fromKernel = null!;
    private Umem _umem;

    [SetUp]
    public void Open()
    {
        _fill.Producer = _fill.Consumer = _completed.Producer = _completed.Consumer = _received.Producer = _received.Consumer = 0;
        _umem = Umem.Of(_pool);
        _buffers = new PortBuffers(Count);
        _counts = new FrameCounts();
        _exchange = new BufferExchange(_umem, _buffers, _counts);
        _toKernel = _fill.OpenProducer();
        _fromKernel = _received.OpenConsumer();
        for (uint i = 0; i < Kept; i++) _buffers.AddSpare(i);
        Assert.That(_exchange.Refill(_toKernel), Is.True);
    }

    [OneTimeTearDown]
    public void Free()
    {
        _fill.Dispose();
        _completed.Dispose();
        _received.Dispose();
        _pool.Dispose();
    }

    [Test]
    public void A_filled_buffer_comes_for_an_empty_one_which_the_kernel_gets()
    {
        var filled = NextToFill();
        _received.Write(new XdpDescriptor { Address = _umem.AddressOf(filled, 256), Length = 60 });
        Assert.That(Receive(20, 21), Is.EqualTo(new[] { filled }));
        Assert.That((_pool.Metadata(filled).Offset, _pool.Metadata(filled).Length), Is.EqualTo((256, 60)));
        Assert.That(_received.Consumer, Is.EqualTo(1));
        _exchange.Refill(_toKernel);
        Assert.That(_fill[_fill.Producer - 1], Is.EqualTo(_umem.AddressOf(20)));
        Assert.That(_buffers.UseOf(filled), Is.EqualTo(BufferUse.None));
    }

    [Test]
    public void Frames_that_do_not_lie_in_their_buffer_are_refused_and_the_kernel_gets_the_buffer_again()
    {
        foreach (var (offset, length, options) in new[] { (256, 2049u, 0u), (2303, 14u, 0u), (0, uint.MaxValue, 0u), (256, 0u, 0u), (256, 13u, 0u), (256, 60u, 1u) })
        {
            var filled = NextToFill();
            var before = _counts.Refused;
            _received.Write(new XdpDescriptor { Address = _umem.AddressOf(filled, offset), Length = length, Options = options });
            Assert.That(Receive(20), Is.Empty, $"{offset} {length}");
            Assert.That(_counts.Refused, Is.EqualTo(before + 1));
            _exchange.Refill(_toKernel);
            Assert.That(_fill[_fill.Producer - 1], Is.EqualTo(_umem.AddressOf(filled)));
        }
    }

    [Test]
    public void Buffers_that_the_kernel_does_not_have_are_refused()
    {
        var filled = NextToFill();
        var descriptor = new XdpDescriptor { Address = _umem.AddressOf(filled, 256), Length = 60 };
        _received.Write(descriptor);
        _received.Write(descriptor); // twice
        _received.Write(new XdpDescriptor { Address = _umem.AddressOf(30, 256), Length = 60 }); // the root's
        _received.Write(new XdpDescriptor { Address = _umem.AddressOf(Count, 256), Length = 60 }); // behind the pool
        _received.Write(new XdpDescriptor { Address = 0, Length = 60 });
        Assert.That(Receive(20, 21, 22, 23, 24, 25), Is.EqualTo(new[] { filled }));
        Assert.That(_counts.RefusedByReason(), Is.EqualTo(new Dictionary<string, ulong> { ["malformed"] = 4 }));
    }

    [Test]
    public void Only_what_was_to_be_sent_is_taken_back_and_only_once()
    {
        _buffers.Set(12, BufferUse.Sending);
        foreach (var address in (ulong[])[_umem.AddressOf(12, 128), _umem.AddressOf(12, 128), _umem.AddressOf(13), NextAddress(), 0, ulong.MaxValue])
            _completed.Write(address);
        var back = new uint[8];
        Assert.That(_exchange.TakeBack(_completed.OpenConsumer(), back), Is.EqualTo(1));
        Assert.That(back[0], Is.EqualTo(12));
        Assert.That(_completed.Consumer, Is.EqualTo(_completed.Producer));
    }

    [Test]
    public void Noise_in_the_rings_leads_to_no_buffer_that_the_kernel_does_not_have()
    {
        var random = new Random(1);
        var completed = _completed.OpenConsumer();
        var owned = new bool[Count]; // what the root gave and did not get back
        for (uint i = 0; i < Kept; i++) owned[i] = true;
        uint[] given = new uint[4], back = new uint[4];
        for (var round = 0; round < 100_000; round++)
        {
            for (var i = random.Next(5); i > 0; i--)
            {
                _received[_received.Producer] = new XdpDescriptor { Address = Noise(), Length = (uint)random.Next(2400), Options = (uint)(random.Next(20) / 19) };
                _received.Producer++;
                _completed.Write(Noise());
            }

            _fill.Consumer = _fill.Producer; // it takes what it gets
            var free = Enumerable.Range(0, (int)Count).Where(i => !owned[i]).Select(i => (uint)i).ToArray();
            for (var i = 0; i < given.Length; i++) given[i] = free[^(i + 1)];
            uint[] empties = [.. given];
            var filled = _exchange.Receive(_fromKernel, _pool, given);
            for (var i = 0; i < filled; i++)
            {
                Assert.That(owned[given[i]], Is.True, "a buffer that the port does not have");
                (owned[given[i]], owned[empties[i]]) = (false, true);
                Assert.That(_pool.Frame(given[i]).Length, Is.GreaterThanOrEqualTo(14));
            }

            if (free.Length > 8 && owned[free[0]] == false && _buffers.UseOf(free[0]) == BufferUse.None)
            {
                _buffers.Set(free[0], BufferUse.Sending);
                owned[free[0]] = true;
            }

            var count = _exchange.TakeBack(completed, back);
            for (var i = 0; i < count; i++)
            {
                Assert.That(owned[back[i]], Is.True);
                owned[back[i]] = false;
            }

            _exchange.Refill(_toKernel);
        }

        ulong Noise() => random.Next(3) == 0 ? (ulong)random.NextInt64() : _umem.AddressOf((uint)random.Next((int)Count + 2), random.Next(2400));
    }

    [Test]
    public void Drivers_get_no_buffer_on_two_huge_pages_and_the_frame_is_copied()
    {
        const int crossing = 885;
        using var pool = PacketPool.OnHeap(1000);
        var umem = new Umem(0, 1000);
        var buffers = new PortBuffers(1000);
        var exchange = new BufferExchange(umem, buffers, _counts) { IsZeroCopy = true };
        buffers.AddSpare(5);
        exchange.Refill(_toKernel);
        pool.Buffer(5).Slice(256, 60).Fill(7);
        _received.Write(new XdpDescriptor { Address = umem.AddressOf(5, 256), Length = 60 });
        uint[] given = [crossing];
        Assert.That(exchange.Receive(_fromKernel, pool, given), Is.EqualTo(1));
        Assert.That(given[0], Is.EqualTo(crossing));
        Assert.That(pool.Frame(crossing).ToArray(), Is.EqualTo(Enumerable.Repeat((byte)7, 60)));
        Assert.That(buffers.UseOf(5), Is.EqualTo(BufferUse.Spare));
    }

    [Test]
    public void What_a_closed_socket_had_is_filled_again_or_given_back()
    {
        _buffers.Set(12, BufferUse.Sending);
        _buffers.KernelLetGo();
        Assert.That(_buffers.TryTakeOrphan(out var orphan), Is.True);
        Assert.That(orphan, Is.EqualTo(12));
        Assert.That(_buffers.TryTakeOrphan(out _), Is.False);
        var again = new HashSet<uint>();
        while (_buffers.TryTakeForFill(out var buffer)) again.Add(buffer);
        Assert.That(again, Is.EquivalentTo(Enumerable.Range(0, (int)Kept)));
    }

    /// <summary>The kernel takes a buffer from the fill ring.</summary>
    private uint NextToFill()
    {
        Assert.That(_umem.TryLocate(NextAddress(), out var buffer, out _), Is.True);
        return buffer;
    }

    private ulong NextAddress() => _fill[_fill.Consumer++];

    private uint[] Receive(params uint[] given) => given[.._exchange.Receive(_fromKernel, _pool, given)];
}
