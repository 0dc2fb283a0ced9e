using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

public sealed class StateBlockTests
{
    private StateBlock _block = null!;

    [SetUp]
    public void MakeBlock() => _block = StateBlock.OnHeap();

    [TearDown]
    public void Free() => _block.Dispose();

    [TestCase(0, 1, new[] { 0 })]
    [TestCase(63, 1, new[] { 0 })]
    [TestCase(63, 2, new[] { 0, 1 })]
    [TestCase(64, 64, new[] { 1 })]
    [TestCase(1000, 200, new[] { 15, 16, 17, 18 }, Description = "across a chunk's border")]
    [TestCase(StateBlock.Bytes - 1, 1, new[] { StateBlock.Lines - 1 })]
    public void Marking_bytes_marks_exactly_their_lines(int offset, int length, int[] lines)
    {
        _block.Mark(offset, length);
        Assert.That(TestBlock.MarkedLines(_block), Is.EquivalentTo(lines));
        _block.ClearMarks();
        Assert.That(TestBlock.MarkedLines(_block), Is.Empty);
        Assert.That(_block.ChangedChunks, Is.Zero);
    }

    [Test]
    public void Marking_never_leaves_the_masks()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++) _block.Mark(random.Next(int.MaxValue - 1000), random.Next(1, 1000));
        Assert.That(_block.Statistics.Batches, Is.Zero, "what lies behind the masks is untouched");
        Assert.That(_block.Memory.Header.Magic, Is.EqualTo(ObjectHeader.ExpectedMagic));
    }

    [Test]
    public void All_lines_in_use_are_those_that_hold_anything()
    {
        _block.Data[100] = 1;
        _block.Data[StateBlock.Bytes - 1] = 1;
        _block.BeginJoin();
        Assert.That(JoiningLines(), Is.EquivalentTo(new[] { 1, StateBlock.Lines - 1 }));
        Assert.That(TestBlock.MarkedLines(_block), Is.Empty, "none of them has changed");
    }

    [Test]
    public void Marks_that_stood_before_a_join_stay()
    {
        _block.Mark(640, 1); // became zero since the last capture, which the joining replica must learn as well
        _block.BeginJoin();
        Assert.That(TestBlock.MarkedLines(_block), Is.EquivalentTo(new[] { 10 }));
    }

    private IEnumerable<int> JoiningLines() => Enumerable.Range(0, StateBlock.Lines)
        .Where(line => (_block.JoiningLines(line / StateBlock.LinesPerChunk) >> (line % StateBlock.LinesPerChunk) & 1) != 0);

    [Test]
    public void Clearing_gives_an_undeclared_block()
    {
        TestBlock.Declare(_block, s => s.Counter("c")).Add(1);
        _block.Clear();
        Assert.That(_block.Data.IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(_block.ChangedChunks, Is.Zero);
        Assert.That(StateDirectory.IsDeclared(_block.Data), Is.False);
    }

    [TestCase(-1)]
    [TestCase(64)]
    public void A_chunk_outside_is_refused(int chunk) =>
        Assert.That(() => _block.ChangedLines(chunk), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Another_process_sees_state_and_marks()
    {
        using var made = StateBlock.Create("nat");
        using var other =
            new StateBlock(MemoryObject.Map(Syscall.dup(made.Memory.Fd), ObjectKind.StateBlock, StateBlock.Version));
        TestBlock.Declare(made, s => s.Counter("c")).Add(5);
        Assert.That(TestBlock.Declare(other, s => s.Counter("c")).Value, Is.EqualTo(5));
        Assert.That(TestBlock.MarkedLines(other), Is.EquivalentTo(TestBlock.MarkedLines(made)));
    }

    [Test]
    public void Too_little_memory_is_refused()
    {
        using var small = MemoryObject.OnHeap(ObjectKind.StateBlock, StateBlock.Version, 65536);
        Assert.That(() => new StateBlock(small), Throws.TypeOf<MemoryObjectException>());
    }
}
