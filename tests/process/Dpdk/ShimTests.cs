using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Native;
using Holdfast.NfLib.Packets;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>What C and C# must agree on, and the pool of lent buffers.</summary>
public sealed class ShimTests
{
    [OneTimeSetUp]
    public void Start() => DpdkRequirement.Start();

    [Test]
    public void Both_sides_lay_structures_out_alike()
    {
        uint[] here =
        [
            .. Of<DpdkMemoryArea>("Base", "Bytes", "PageBytes", "First", "Stride", "Room", "Count", "NumaNode"),
            .. Of<DpdkRequest>("Queues", "Descriptors"),
            .. Of<DpdkFacts>("Driver", "Address", "IsPhysical", "Hashes", "HearsAll", "ReceiveDescriptors", "SendDescriptors", "MostQueues", "Mtu", "Stage", "ReceiveOffloads"),
            .. Of<DpdkCounters>("Received", "Sent", "Missed", "ReceiveErrors", "SendErrors"),
            .. Of<DpdkLink>("IsUp", "Megabits"),
            .. Of<DpdkFrame>("Buffer", "Offset", "Length", "Hash", "Flags", "Tag"),
        ];
        var there = new uint[here.Length];
        Assert.That(DpdkCalls.Layout(there, (uint)there.Length), Is.EqualTo(here.Length), "one side has more fields");
        Assert.That(there, Is.EqualTo(here));
    }

    [Test]
    public void Starting_twice_with_other_arguments_is_refused() =>
        Assert.That(() => DpdkEnvironment.Start(["--no-huge"]), Throws.TypeOf<DpdkException>().With.Message.Contains("runs already, with the arguments --lcores"));

    [Test]
    public void Lent_buffers_come_back_and_others_are_none_of_its()
    {
        using var pool = PacketPool.Create(2048, preferHugePages: false);
        using var memory = DpdkRequirement.Memory(pool);
        var lent = memory.Pool;
        Assert.That((lent.Here, lent.Lent), Is.EqualTo((0, 0)));
        uint[] some = [3, 2047, 0, 100];
        lent.Lend(some);
        Assert.That((lent.Here, lent.Lent), Is.EqualTo((4, 4)));
        var back = new uint[8];
        Assert.That(lent.Take(back, reserve: 1), Is.EqualTo(3), "one stays");
        Assert.That(lent.Take(back.AsSpan(3), reserve: 0), Is.EqualTo(1));
        Assert.That(back[..4], Is.EquivalentTo(some));
        Assert.That(() => lent.Lend([1, 2048]), Throws.ArgumentException.With.Message.Contains("buffer 2048"));
        Assert.That(lent.Lent, Is.Zero, "none of them was lent");
    }

    [Test]
    public void Buffers_come_back_only_beyond_what_drivers_need_ready()
    {
        using var pool = PacketPool.Create(1024, preferHugePages: false);
        using var memory = DpdkRequirement.Memory(pool);
        using var device = new DpdkDevice(memory.Pool, "net_ring8", new DpdkRequest { Queues = 1, Descriptors = 64 });
        memory.Keep([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], reserve: 4);
        device.Start();
        DpdkFrame[] frames = [.. Enumerable.Range(10, 8).Select(i => new DpdkFrame { Buffer = (uint)i, Offset = PacketPool.HeadRoom, Length = 60 })];
        Assert.That(device.Send(frames), Is.EqualTo(8));
        var back = new uint[64];
        Assert.That(memory.TakeBack(back), Is.EqualTo(6), "of ten that are here; the driver has eight");
        Assert.That(memory.TakeBack(back), Is.Zero);
        Assert.That(device.Receive([], frames), Is.EqualTo(8));
        Assert.That(memory.TakeBack(back), Is.Zero, "what came in is the caller's");
        memory.Return([.. frames.Select(frame => frame.Buffer)]);
        Assert.That(memory.TakeBack(back), Is.EqualTo(2), "more were never too many");
    }

    [Test]
    public void One_life_after_the_other_registers_its_own_memory()
    {
        for (var life = 0; life < 20; life++)
        {
            using var pool = PacketPool.Create(4096, preferHugePages: life % 2 == 0);
            using var memory = DpdkRequirement.Memory(pool);
            memory.Pool.Lend([.. Enumerable.Range(0, 4096).Select(i => (uint)i)]);
            Assert.That(memory.Pool.Here, Is.EqualTo(4096));
        }
    }

    [Test]
    public void What_is_closed_is_not_used_again()
    {
        using var pool = PacketPool.Create(1024, preferHugePages: false);
        using var lent = DpdkRequirement.Memory(pool);
        using var device = new DpdkDevice(lent.Pool, "net_null7", new DpdkRequest { Queues = 1, Descriptors = 512 });
        device.Dispose();
        Assert.That(() => device.Send([]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(device.Counters, Is.Default);
        lent.Pool.Dispose();
        Assert.That(() => lent.Pool.Here, Throws.TypeOf<ObjectDisposedException>());
    }

    private static IEnumerable<uint> Of<T>(params string[] fields) where T : struct =>
        fields.Select(field => (uint)Marshal.OffsetOf<T>(field)).Prepend((uint)Unsafe.SizeOf<T>());
}
