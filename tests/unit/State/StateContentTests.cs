using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>Blocks are compared by what their containers hold, not by how it came about.</summary>
public sealed class StateContentTests
{
    private StateBlock _one = null!, _other = null!;

    [SetUp]
    public void MakeBlocks()
    {
        _one = StateBlock.OnHeap();
        _other = StateBlock.OnHeap();
    }

    [TearDown]
    public void Free()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Test]
    public void The_same_entries_are_equal_in_any_slots_and_with_any_seed()
    {
        var (map, pool) = Declare(_one);
        for (uint i = 0; i < 50; i++) map.Modify(map.FindOrAdd(i)) = i * i;
        for (var i = 0; i < 5; i++) pool.TryTake(out _);

        (map, pool) = Declare(_other);
        for (uint i = 99; i > 49; i--) map.FindOrAdd(i);
        for (uint i = 49; i < 50; i--) map.Modify(map.FindOrAdd(i)) = i * i;
        for (uint i = 50; i < 100; i++) map.Remove(map.Find(i));
        for (var i = 0; i < 10; i++) pool.TryTake(out _);
        for (var i = 9; i >= 5; i--) pool.Return(i);

        Assert.That(_one.Data.SequenceEqual(_other.Data), Is.False, "the test compares something");
        Assert.That(StateContent.Differences(_one.Data, _other.Data), Is.Empty);
    }

    [Test]
    public void Every_difference_is_named()
    {
        static (Counter, Map<uint, uint>, StateArray<uint>, Pool, RandomSource) All(StateDeclaration s) =>
            (s.Counter("counter"), s.Map<uint, uint>("map", 10), s.Array<uint>("array", 2), s.Pool("pool", 3),
                s.Random("random"));

        var (counter, map, array, pool, random) = TestBlock.Declare(_one, All);
        TestBlock.Declare(_other, All);
        Assert.That(StateContent.Differences(_one.Data, _other.Data), Is.Empty);
        counter.Add(1);
        map.Modify(map.FindOrAdd(0x0A)) = 0x0B;
        array.Modify(1) = 0x0C;
        pool.TryTake(out _);
        random.Next();
        var differences = StateContent.Differences(_one.Data, _other.Data);
        foreach (var expected in new[]
                 {
                     "only in the first: counter = 1", "only in the second: counter = 0",
                         "only in the first: map[0a000000] = 0b000000",
                     "only in the first: array[1] = 0c000000", "only in the second: array[1] = 00000000",
                     "only in the first: pool: 0 is taken",
                 })
            Assert.That(differences, Does.Contain(expected));
        Assert.That(differences, Has.Count.EqualTo(8), "with the two states of the random source");
    }

    [Test]
    public void What_is_no_declared_block_is_refused()
    {
        Assert.That(() => StateContent.Describe(_one.Data), Throws.TypeOf<StateLayoutException>());
        Assert.That(() => StateContent.Describe(new byte[10]), Throws.TypeOf<StateLayoutException>());
    }

    private static (Map<uint, uint>, Pool) Declare(StateBlock block) =>
        TestBlock.Declare(block, s => (s.Map<uint, uint>("map", 100), s.Pool("pool", 20)));
}
