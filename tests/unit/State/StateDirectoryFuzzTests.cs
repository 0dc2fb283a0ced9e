using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>Whatever bytes a block holds, walking its directory ends, with a StateLayoutException at worst.</summary>
public sealed class StateDirectoryFuzzTests
{
    // A full block: what lies behind an entry that says too much is outside.
    [TestCase(StateBlock.Bytes + 64, Description = "more in use than there is")]
    [TestCase(StateBlock.Bytes - 64, Description = "the last container ends behind what is in use")]
    [TestCase(StateBlock.Bytes - 1)]
    [TestCase(65)]
    [TestCase(127)]
    [TestCase(int.MaxValue)]
    public void A_directory_that_contradicts_itself_is_refused(int used)
    {
        using var block = StateBlock.OnHeap();
        TestBlock.Declare(block, s => s.Array<ulong>("all", (StateBlock.Lines - 2) * 8));
        Assert.That(() => StateContent.Describe(block.Data), Throws.Nothing);
        block.At<StateHeader>(0).Used = used;
        Assert.That(() => StateContent.Describe(block.Data), Throws.TypeOf<StateLayoutException>());
        Assert.That(() => StateDirectory.LayoutHash(block.Data), Throws.TypeOf<StateLayoutException>());
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Random_bytes_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        using var block = StateBlock.OnHeap();
        for (var round = 0; round < 300; round++)
        {
            random.NextBytes(block.Data);
            // Half with what lets the walk begin.
            if (round % 2 == 0)
            {
                MemoryMarshal.Write(block.Data, StateHeader.ExpectedMagic);
                MemoryMarshal.Write(block.Data[8..], random.Next(4) == 0 ? random.Next()
                    : random.Next(StateBlock.Lines + 1) * 64);
            }

            Walk(block);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Damaged_blocks_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        using var good = StateBlock.OnHeap();
        TestBlock.Declare(good, Declare);
        var entries = EntryLines(good);
        using var block = StateBlock.OnHeap();
        int read = 0, refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            good.Data.CopyTo(block.Data);
            // Directory lines are what the walk believes most, so most damage goes there.
            for (var damage = random.Next(1, 4); damage > 0; damage--)
            {
                var line = random.Next(3) == 0 ? random.Next(StateBlock.Lines) : entries[random.Next(entries.Count)];
                block.Data[line * 64 + random.Next(64)] = (byte)random.Next(256);
            }

            if (Walk(block)) read++;
            else refused++;
        }

        Assert.That(read, Is.GreaterThan(100));
        Assert.That(refused, Is.GreaterThan(100));
    }

    private static object Declare(StateDeclaration s) => (s.Counter("counter"), s.Map<ulong, ulong>("map", 100),
        s.Array<ulong>("array", 50), s.Pool("pool", 300), s.Random("random"));

    private static List<int> EntryLines(StateBlock block)
    {
        var lines = new List<int> { 0 };
        for (var at =
            64; StateDirectory.TryRead(block.Data, at, out var entry); at += 64 + entry.Length) lines.Add(at / 64);
        return lines;
    }

    private static bool Walk(StateBlock block)
    {
        var fine = true;
        foreach (var action in new Action[]
                 {
                     () => StateDirectory.LayoutHash(block.Data),
                     () => StateContent.Describe(block.Data),
                     () => TestBlock.Declare(block, Declare),
                 })
        {
            try
            {
                // Declaring an undeclared block would make it.
                if (StateDirectory.IsDeclared(block.Data)) action();
            }
            catch (StateLayoutException error)
            {
                Assert.That(error.Message, Is.Not.Empty);
                fine = false;
            }
        }

        return fine;
    }
}
