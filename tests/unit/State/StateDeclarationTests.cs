using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>A block left by one build is found again by the same build and refused by another.</summary>
public sealed class StateDeclarationTests
{
    private StateBlock _block = null!;

    [SetUp]
    public void MakeBlock() => _block = StateBlock.OnHeap();

    [TearDown]
    public void Free() => _block.Dispose();

    [Test]
    public void The_same_declaration_finds_what_was_left()
    {
        static (Counter, Map<uint, ulong>, StateArray<ushort>, Pool, RandomSource) All(StateDeclaration s) =>
            (s.Counter("counter"), s.Map<uint, ulong>("map", 50), s.Array<ushort>("array", 10), s.Pool("pool", 20),
                s.Random("random"));

        var (counter, map, array, pool, _) = TestBlock.Declare(_block, All);
        counter.Add(3);
        map.Modify(map.FindOrAdd(7)) = 8;
        array.Modify(9) = 10;
        pool.TryTake(out var number);
        _block.ClearMarks();
        var before = _block.Data.ToArray();

        (counter, map, array, pool, _) = TestBlock.Declare(_block, All);
        Assert.That((counter.Value, map[map.Find(7)], array[9], pool.IsTaken(number)),
            Is.EqualTo((3UL, 8UL, (ushort)10, true)));
        Assert.That(TestBlock.ChangedLines(before, _block.Data), Is.Empty, "declaring again changes nothing");
        Assert.That(_block.ChangedChunks, Is.Zero);
    }

    [Test]
    public void A_fresh_block_is_marked_as_it_is_made()
    {
        TestBlock.Declare(_block, s => (s.Counter("c"), s.Map<int, int>("m", 10), s.Pool("p", 100), s.Random("r")));
        Assert.That(TestBlock.ChangedLines(new byte[StateBlock.Bytes],
            _block.Data).Except(TestBlock.MarkedLines(_block)), Is.Empty);
    }

    public static IEnumerable<TestCaseData> OtherDeclarations()
    {
        static TestCaseData Case(string what, Action<StateDeclaration> declare, string message) =>
            new TestCaseData(declare, message).SetArgDisplayNames(what);

        const string Held = "the state block holds Map 'flows' version 1, 100 x (key 8 + value 16) bytes";
        yield return Case("kind", s => s.Array<Value>("flows", 100), Held);
        yield return Case("name", s => s.Map<Key, Value>("flow", 100), Held);
        yield return Case("capacity", s => s.Map<Key, Value>("flows", 101), "declares Map 'flows' version 1, 101 x");
        yield return Case("version", s => s.Map<Key, Value>("flows", 100, version: 2),
            "declares Map 'flows' version 2");
        yield return Case("value's size", s => s.Map<Key, ulong>("flows", 100), "key 8 + value 8");
        yield return Case("a field", s => s.Map<Key, ValueRenamed>("flows", 100), Held);
        yield return Case("the key", s => s.Map<ulong, Value>("flows", 100), Held);
        yield return Case("fewer", _ => { }, "also holds Map 'flows'");
        yield return Case("more", s =>
        {
            s.Map<Key, Value>("flows", 100);
            s.Counter("count");
        }, "ends before Counter 'count' version 1");
    }

    [TestCaseSource(nameof(OtherDeclarations))]
    public void Anything_else_is_refused_and_named(Action<StateDeclaration> declare, string message)
    {
        TestBlock.Declare(_block, s => s.Map<Key, Value>("flows", 100));
        var declaration = new StateDeclaration(_block);
        Assert.That(() =>
        {
            declare(declaration);
            declaration.Complete();
        }, Throws.TypeOf<StateLayoutException>().With.Message.Contains(message));
    }

    [Test]
    public void The_order_counts()
    {
        TestBlock.Declare(_block, s => (s.Counter("a"), s.Counter("b")));
        Assert.That(() => new StateDeclaration(_block).Counter("b"),
            Throws.TypeOf<StateLayoutException>().With.Message.Contains("'a'").And.Message.Contains("'b'"));
    }

    [Test]
    public void A_name_is_used_once()
    {
        var declaration = new StateDeclaration(_block);
        declaration.Counter("flows");
        Assert.That(() => declaration.Map<int, int>("flows", 10),
            Throws.TypeOf<StateLayoutException>().With.Message.Contains("'flows'"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(32_768)]
    public void A_capacity_out_of_bounds_is_refused(int capacity)
    {
        var declaration = new StateDeclaration(_block);
        foreach (var declare in new Action[]
                 {
                     () => declaration.Map<int, int>("x", capacity), () => declaration.Array<int>("x", capacity),
                     () => declaration.Pool("x", capacity),
                 })
            Assert.That(declare, Throws.TypeOf<StateLayoutException>()
                .With.Message.Contains($"capacity {capacity} is not within 1 to 32767"));
    }

    [TestCase("")]
    [TestCase("this-name-has-25-bytes-xx")]
    [TestCase("ääääääääääääx", Description = "25 bytes in 13 characters")]
    public void A_name_that_does_not_fit_is_refused(string name) =>
        Assert.That(() => new StateDeclaration(_block).Counter(name),
            Throws.TypeOf<StateLayoutException>().With.Message.Contains("1 to 24 bytes"));

    [Test]
    public void A_block_can_be_filled_to_the_last_line_and_no_further()
    {
        // Header and directory line take two lines of 64 bytes; the rest is the array's.
        var lines = StateBlock.Lines - 2;
        TestBlock.Declare(_block, s => s.Array<Line>("all", lines)).Modify(lines - 1).Last = uint.MaxValue;
        Assert.That(_block.Data[^1], Is.Not.Zero);
        using var other = StateBlock.OnHeap();
        Assert.That(() => new StateDeclaration(other).Array<Line>("all", lines + 1),
            Throws.TypeOf<StateLayoutException>()
            .With.Message.Contains("needs 65472 bytes").And.Message.Contains("65408 left")
                .And.Message.Contains("lower a capacity"));
    }

    [Test]
    public void Types_whose_bytes_are_not_their_value_are_refused()
    {
        var declaration = new StateDeclaration(_block);
        Assert.That(() => declaration.Map<Padded, int>("x", 1),
            Throws.TypeOf<StateLayoutException>().With.Message.Contains("key Padded has padding"));
        Assert.That(() => declaration.Map<int, Auto>("x", 1),
            Throws.TypeOf<StateLayoutException>().With.Message.Contains("Auto must have"));
        Assert.That(() => declaration.Array<Auto>("x", 1),
            Throws.TypeOf<StateLayoutException>().With.Message.Contains("Sequential"));
        Assert.That(() => declaration.Map<int, Padded>("fine", 1), Throws.Nothing,
            "only keys are compared byte by byte");
        Assert.That(() => declaration.Map<UInt128, int>("wide", 1), Throws.Nothing);
        Assert.That(() => declaration.Map<Address6, DayOfWeek>("v6", 1), Throws.Nothing);
    }

    [Test]
    public void The_layout_hash_names_the_layout_and_not_the_content()
    {
        using var same = StateBlock.OnHeap();
        using var other = StateBlock.OnHeap();
        Assert.That(StateDirectory.LayoutHash(_block.Data), Is.Zero, "undeclared");
        TestBlock.Declare(_block, s => s.Map<Key, Value>("flows", 100)).FindOrAdd(default);
        TestBlock.Declare(same, s => s.Map<Key, Value>("flows", 100));
        TestBlock.Declare(other, s => s.Map<Key, Value>("flows", 99));
        Assert.That(StateDirectory.LayoutHash(same.Data), Is.EqualTo(StateDirectory.LayoutHash(_block.Data))
            .And.Not.Zero);
        Assert.That(StateDirectory.LayoutHash(other.Data), Is.Not.EqualTo(StateDirectory.LayoutHash(_block.Data)));
    }

    [TestCase(1, 1)]
    [TestCase(3, 4)]
    [TestCase(8, 8)]
    [TestCase(24, 32)]
    [TestCase(33, 64)]
    [TestCase(65, 128)]
    public void Values_cross_as_few_lines_as_they_can(int bytes, int stride) =>
        Assert.That(ContainerLayout.StrideOf(bytes), Is.EqualTo(stride));

#pragma warning disable CS0649 // only the layout of these matters
    private struct Key
    {
        public uint A, B;
    }

    private struct Value
    {
        public ulong Packets, Bytes;
    }

    private struct ValueRenamed
    {
        public ulong Packets, Octets;
    }

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Line
    {
        [FieldOffset(60)] public uint Last;
    }

    private struct Padded
    {
        public byte A;
        public int B;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Auto
    {
        public byte A;
        public int B;
    }

    [InlineArray(16)]
    private struct Address6
    {
        private byte _first;
    }
}
