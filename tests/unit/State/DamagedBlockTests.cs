using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>
/// A block may hold anything: a peer's delta is checked for its shape, not for its meaning. Containers over such a
/// block end in a clear error, never outside their memory and never in an endless loop.
/// </summary>
public sealed class DamagedBlockTests
{
    private const int GuardBytes = 1 << 20;
    private const byte Guard = 0xA5;
    private MemoryObject _memory = null!;
    private StateBlock _block = null!;

    [SetUp]
    public void MakeGuardedBlock()
    {
        _memory = MemoryObject.OnHeap(ObjectKind.StateBlock, StateBlock.Version,
            StateBlock.TotalBytes + GuardBytes);
        _block = new StateBlock(_memory);
        Behind().Fill(Guard);
    }

    [TearDown]
    public void Free()
    {
        _block.Dispose();
        _memory.Dispose();
    }

    [TestCase(-1)]
    [TestCase(-1000)]
    [TestCase(int.MinValue)]
    [TestCase(11)]
    [TestCase(int.MaxValue)]
    public void A_map_whose_high_water_mark_is_nonsense_adds_nothing(int highWater)
    {
        var map = TestBlock.Declare(_block, s => s.Map<ulong, ulong>("map", 10));
        MapHeader.HighWater = highWater;
        var before = _block.Data.ToArray();
        if (highWater < 0) Assert.That(() => map.FindOrAdd(1), Throws.TypeOf<StateLayoutException>());
        else Assert.That(map.FindOrAdd(1).IsNone, "full");
        Assert.That(TestBlock.ChangedLines(before, _block.Data), Is.Empty);
    }

    [TestCase((ushort)11)]
    [TestCase((ushort)0xFFFF)]
    public void A_free_list_that_leads_outside_is_noticed(ushort free)
    {
        var map = TestBlock.Declare(_block, s => s.Map<ulong, ulong>("map", 10));
        MapHeader.Free = free;
        Assert.That(() => map.FindOrAdd(1), Throws.TypeOf<StateLayoutException>().With.Message.Contains("damaged"));
    }

    [Test]
    public void A_chain_that_bites_its_tail_is_noticed()
    {
        var map = TestBlock.Declare(_block, s => s.Map<ulong, ulong>("map", 1));
        var slot = map.FindOrAdd(1);
        ref var link = ref _block.At<ushort>(4 * StateBlock.LineBytes); // header, directory, map header, buckets
        Assert.That(link, Is.EqualTo(0x8000));
        link = 0x8001;
        InTime(() =>
            Assert.That(() => map.Find(2), Throws.TypeOf<StateLayoutException>().With.Message.Contains("damaged")));
        Assert.That(map.Find(1), Is.EqualTo(slot), "what stands before the bite is found");
    }

    [Test]
    public void An_entry_missing_in_its_chain_is_noticed_when_it_is_removed()
    {
        var map = TestBlock.Declare(_block, s => s.Map<ulong, ulong>("map", 2));
        var slot = map.FindOrAdd(1);
        _block.At<uint>(3 * StateBlock.LineBytes) = 0; // both buckets
        InTime(() => Assert.That(() => map.Remove(slot), Throws.TypeOf<StateLayoutException>()));
    }

    [Test]
    public void A_pool_that_would_give_a_number_twice_is_noticed()
    {
        var pool = TestBlock.Declare(_block, s => s.Pool("pool", 4));
        pool.TryTake(out var first);
        _block.At<ushort>(3 * StateBlock.LineBytes + 2) = (ushort)first; // header, directory, pool header, queue
        Assert.That(() => pool.TryTake(out _), Throws.TypeOf<StateLayoutException>().With.Message.Contains("damaged"));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Whatever_stands_in_a_block_containers_stay_inside_and_come_to_an_end(int seed) => InTime(() =>
    {
        var random = new Random(seed);
        var (map, array, pool, counter) = TestBlock.Declare(_block, s =>
            (s.Map<ulong, ulong>("map", 300), s.Array<ulong>("array", 100), s.Pool("pool", 900), s.Counter("counter")));
        for (ulong i = 0; i < 200; i++) map.FindOrAdd(i);
        var good = _block.Data.ToArray();
        var used = StateDirectory.HeaderOf(good).Used;
        int fine = 0, noticed = 0;
        for (var round = 0; round < 3000; round++)
        {
            good.CopyTo(_block.Data);
            for (var damage = random.Next(1, 400); damage > 0; damage--)
                _block.Data[random.Next(StateBlock.LineBytes, used)] = (byte)random.Next(256);
            for (var step = 0; step < 20; step++)
            {
                try
                {
                    Use(random, map, array, pool, counter);
                    fine++;
                }
                catch (Exception error) when (error is StateLayoutException or ArgumentOutOfRangeException)
                {
                    noticed++;
                }
            }
        }

        Assert.That(fine, Is.Positive);
        Assert.That(noticed, Is.Positive);
        Assert.That(Behind().IndexOfAnyExcept(Guard), Is.EqualTo(-1), "behind the block");
        Assert.That(_memory.Header.Magic, Is.EqualTo(ObjectHeader.ExpectedMagic), "before the block");
        Assert.That(_block.Vitals.Beat, Is.Zero, "before the block");
    });

    private static void Use(Random random, Map<ulong, ulong> map, StateArray<ulong> array, Pool pool, Counter counter)
    {
        var key = (ulong)random.Next(400);
        switch (random.Next(7))
        {
            case 0:
                map.Find(key);
                break;
            case 1:
                if (map.FindOrAdd(key) is { IsNone: false } added) map.Modify(added) = 1;
                break;
            case 2:
                if (map.Find(key) is { IsNone: false } found) map.Remove(found);
                break;
            case 3:
                foreach (var slot in map) map.Modify(slot)++;
                break;
            case 4:
                pool.TryTake(out _);
                break;
            case 5:
                pool.Return(random.Next(900));
                break;
            default:
                array.Modify(random.Next(100)) = counter.Value;
                counter.Add(1);
                break;
        }
    }

    private ref MapHeader MapHeader => ref _block.At<MapHeader>(2 * StateBlock.LineBytes);

    private unsafe Span<byte> Behind() => new(_memory.Base + StateBlock.DataOffset + StateBlock.Bytes, GuardBytes);

    /// <summary>Fails when the action does not end; it then goes on in the background until the tests end.</summary>
    private static void InTime(Action action)
    {
        var task = Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);
        Assert.That(() => task.Wait(TimeSpan.FromSeconds(60)), Is.True, "an endless loop");
    }
}
