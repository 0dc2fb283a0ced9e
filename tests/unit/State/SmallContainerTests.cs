using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>Counter, array, pool and random source.</summary>
public sealed class SmallContainerTests
{
    private StateBlock _block = null!;

    [SetUp]
    public void MakeBlock() => _block = StateBlock.OnHeap();

    [TearDown]
    public void Free() => _block.Dispose();

    [Test]
    public void A_counter_counts_and_marks_its_line_only()
    {
        var (one, other) = TestBlock.Declare(_block, s => (s.Counter("one"), s.Counter("other")));
        one.Add(2);
        one.Add(ulong.MaxValue - 5);
        other.Set(7);
        Assert.That((one.Value, other.Value), Is.EqualTo((ulong.MaxValue - 3, 7UL)));
        _block.ClearMarks();
        one.Add(1);
        Assert.That(TestBlock.MarkedLines(_block), Is.EqualTo(new[] { 2 }), "header, directory line, value");
    }

    [TestCase(1)]
    [TestCase(100)]
    public void An_array_holds_its_values_and_nothing_beside(int length)
    {
        var random = new Random(1);
        var (before, array, behind) = TestBlock.Declare(_block,
            s => (s.Counter("before"), s.Array<Triple>("array", length), s.Counter("behind")));
        var model = new Triple[length];
        for (var round = 0; round < 2000; round++)
        {
            var i = random.Next(length);
            model[i] = new Triple { A = round, B = -round, C = i };
            array.Modify(i) = model[i];
        }

        for (var i = 0; i < length; i++) Assert.That(array[i], Is.EqualTo(model[i]));
        Assert.That((before.Value, behind.Value), Is.EqualTo((0UL, 0UL)));
        foreach (var outside in new[] { -1, length, int.MaxValue, int.MinValue })
        {
            Assert.That(() => array[outside], Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => array.Modify(outside) = default, Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(61)]
    [TestCase(1000)]
    public void A_pool_gives_each_number_once_and_the_longest_free_first(int size)
    {
        var random = new Random(size);
        var pool = TestBlock.Declare(_block, s => s.Pool("pool", size));
        var free = new Queue<int>(Enumerable.Range(0, size));
        var taken = new List<int>();
        for (var round = 0; round < 20_000; round++)
        {
            if (random.Next(2) == 0)
            {
                var got = pool.TryTake(out var number);
                Assert.That((got, number),
                    Is.EqualTo(free.TryDequeue(out var expected) ? (true, expected) : (false, -1)));
                if (got) taken.Add(number);
            }
            else if (taken.Count > 0)
            {
                var at = random.Next(taken.Count);
                pool.Return(taken[at]);
                free.Enqueue(taken[at]);
                taken.RemoveAt(at);
            }

            Assert.That(pool.Free, Is.EqualTo(size - taken.Count));
        }

        for (var i = 0; i < size; i++) Assert.That(pool.IsTaken(i), Is.EqualTo(taken.Contains(i)));
    }

    [Test]
    public void A_number_that_is_not_taken_can_not_be_returned()
    {
        var pool = TestBlock.Declare(_block, s => s.Pool("pool", 10));
        pool.TryTake(out var number);
        foreach (var wrong in new[] { 5, -1, 10, int.MaxValue })
        {
            Assert.That(pool.IsTaken(wrong), Is.False);
            Assert.That(() => pool.Return(wrong), Throws.TypeOf<ArgumentOutOfRangeException>());
        }

        pool.Return(number);
        Assert.That(() => pool.Return(number), Throws.TypeOf<ArgumentOutOfRangeException>(), "twice");
        Assert.That(pool.Free, Is.EqualTo(10));
    }

    [Test]
    public void Every_change_of_a_pool_marks_its_lines()
    {
        var random = new Random(3);
        var pool = TestBlock.Declare(_block, s => s.Pool("pool", 2000));
        for (var round = 0; round < 3000; round++)
        {
            var before = _block.Data.ToArray();
            _block.ClearMarks();
            if (random.Next(3) > 0) pool.TryTake(out _);
            else if (random.Next(2000) is var number && pool.IsTaken(number)) pool.Return(number);
            var unmarked = TestBlock.ChangedLines(before, _block.Data).Except(TestBlock.MarkedLines(_block));
            Assert.That(unmarked, Is.Empty, $"round {round}");
        }
    }

    [Test]
    public void A_random_source_goes_on_in_another_process_and_follows_its_seed()
    {
        static ulong[] Numbers(RandomSource source) => [source.Next(), source.Next(), source.Next()];
        RandomSource Declared(StateBlock block, ulong seed) => TestBlock.Declare(block, s => s.Random("random"), seed);

        using var same = StateBlock.OnHeap();
        using var other = StateBlock.OnHeap();
        var first = Numbers(Declared(_block, 1));
        Assert.That(Numbers(Declared(same, 1)), Is.EqualTo(first));
        Assert.That(Numbers(Declared(other, 2)), Is.Not.EqualTo(first));

        var gone = Numbers(Declared(same, 1));
        Assert.That(Numbers(Declared(_block, 99)), Is.EqualTo(gone),
            "the state decides, not the seed that a later process is given");
    }

    [Test]
    public void Two_sources_of_one_nf_differ()
    {
        var (a, b) = TestBlock.Declare(_block, s => (s.Random("a"), s.Random("b")));
        Assert.That(a.Next(), Is.Not.EqualTo(b.Next()));
    }

    [TestCase(1u)]
    [TestCase(6u)]
    [TestCase(1000u)]
    [TestCase(uint.MaxValue)]
    public void Bounded_numbers_stay_below_their_bound_and_are_spread(uint bound)
    {
        var source = TestBlock.Declare(_block, s => s.Random("random"));
        var sum = 0.0;
        for (var i = 0; i < 20_000; i++)
        {
            var number = source.Next(bound);
            Assert.That(number, Is.LessThan(bound));
            sum += number;
        }

        Assert.That(sum / 20_000, Is.EqualTo((bound - 1) / 2.0).Within(2).Percent);
    }

    // Published test values: the generator is part of the format, two builds must agree on it.
    [Test]
    public void The_generator_is_SplitMix64()
    {
        var source = TestBlock.Declare(_block, s => s.Random("random"));
        _block.At<ulong>(2 * StateBlock.LineBytes) = 1234567;
        Assert.That(new[] { source.Next(), source.Next(), source.Next() },
            Is.EqualTo(new[] { 6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL }));
    }

    private struct Triple
    {
        public long A, B, C;
    }
}
