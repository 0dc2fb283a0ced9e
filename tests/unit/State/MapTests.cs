using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

public sealed class MapTests
{
    private StateBlock _block = null!;

    [SetUp]
    public void MakeBlock() => _block = StateBlock.OnHeap();

    [TearDown]
    public void Free() => _block.Dispose();

    [TestCase(1, 1)]
    [TestCase(7, 2)]
    [TestCase(64, 3)]
    [TestCase(500, 4)]
    public void Random_changes_behave_like_a_dictionary(int capacity, int seed)
    {
        var random = new Random(seed);
        var map = TestBlock.Declare(_block, s => s.Map<ulong, Pair>("map", capacity));
        var model = new Dictionary<ulong, (Pair Value, Slot Slot)>();
        for (var round = 0; round < 30_000; round++)
        {
            var key = (ulong)random.Next(capacity * 2) * 0x1_0001;
            switch (random.Next(10))
            {
                case < 5:
                    var slot = map.FindOrAdd(key);
                    Assert.That(slot.IsNone, Is.EqualTo(model.Count == capacity && !model.ContainsKey(key)),
                        "none when full only");
                    if (slot.IsNone) break;
                    if (model.TryGetValue(key, out var known)) Assert.That(slot, Is.EqualTo(known.Slot), "slots stay");
                    else Assert.That(map[slot], Is.EqualTo(default(Pair)), "a new value is zeroed");
                    map.Modify(slot).A = round;
                    model[key] = (new Pair { A = round, B = map[slot].B }, slot);
                    break;
                case < 8:
                    var found = map.Find(key);
                    Assert.That(found.IsNone, Is.Not.EqualTo(model.ContainsKey(key)));
                    if (!found.IsNone) Assert.That((map[found], map.Key(found)), Is.EqualTo((model[key].Value, key)));
                    break;
                case 8:
                    if (model.Remove(key, out var removed)) map.Remove(removed.Slot);
                    break;
                default:
                    if (random.Next(500) > 0) break;
                    map.Clear();
                    model.Clear();
                    break;
            }

            Assert.That(map.Count, Is.EqualTo(model.Count));
        }

        AssertHolds(map, model.ToDictionary(m => m.Key, m => m.Value.Value));
    }

    [Test]
    public void A_full_map_answers_none_and_keeps_what_it_has()
    {
        var map = TestBlock.Declare(_block, s => s.Map<int, long>("map", 3));
        for (var i = 0; i < 3; i++) map.Modify(map.FindOrAdd(i)) = i;
        Assert.That(map.FindOrAdd(3).IsNone);
        Assert.That(map.FindOrAdd(2).IsNone, Is.False, "what is there is found");
        map.Remove(map.Find(1));
        var slot = map.FindOrAdd(3);
        Assert.That((slot.IsNone, map[slot]), Is.EqualTo((false, 0L)), "the freed entry comes back zeroed");
        AssertHolds(map, new() { [0] = 0, [2] = 2, [3] = 0 });
    }

    [Test]
    public void A_reference_survives_other_changes()
    {
        var map = TestBlock.Declare(_block, s => s.Map<int, long>("map", 100));
        var slot = map.FindOrAdd(50);
        ref var value = ref map.Modify(slot);
        for (var i = 0; i < 100; i++) map.FindOrAdd(i);
        for (var i = 0; i < 50; i++) map.Remove(map.Find(i));
        value = 42;
        Assert.That((map[map.Find(50)], map.Find(50)), Is.EqualTo((42L, slot)));
    }

    [Test]
    public void Entries_may_be_removed_while_iterating()
    {
        var map = TestBlock.Declare(_block, s => s.Map<int, long>("map", 100));
        for (var i = 0; i < 100; i++) map.FindOrAdd(i);
        var seen = new List<int>();
        foreach (var slot in map)
        {
            var key = map.Key(slot);
            seen.Add(key);
            if (key % 2 == 0) map.Remove(slot);
            // Also one that comes later, which must then not come.
            if (key == 50 && map.Find(51) is { IsNone: false } later) map.Remove(later);
        }

        Assert.That(seen, Is.EquivalentTo(Enumerable.Range(0, 100).Where(k => k != 51)));
        Assert.That(map.Count, Is.EqualTo(49));
        map.Clear();
        Assert.That(map.Count, Is.Zero);
        foreach (var slot in map) Assert.Fail($"slot {slot.Index} in an empty map");
    }

    [Test]
    public void A_slot_that_is_not_in_use_is_refused()
    {
        var map = TestBlock.Declare(_block, s => s.Map<int, long>("map", 4));
        var slot = map.FindOrAdd(1);
        map.Remove(slot);
        foreach (var wrong in new[] { slot, Slot.None, Slot.At(3), Slot.At(4), Slot.At(-5), Slot.At(int.MaxValue - 1) })
        {
            Assert.That(() => map[wrong], Throws.TypeOf<ArgumentOutOfRangeException>(), $"read {wrong.Index}");
            Assert.That(() => map.Modify(wrong) = 1, Throws.TypeOf<ArgumentOutOfRangeException>(),
                $"modify {wrong.Index}");
            Assert.That(() => map.Remove(wrong), Throws.TypeOf<ArgumentOutOfRangeException>(), $"remove {wrong.Index}");
            Assert.That(() => map.Key(wrong), Throws.TypeOf<ArgumentOutOfRangeException>(), $"key {wrong.Index}");
        }
    }

    [Test]
    public void Another_process_finds_every_entry()
    {
        Map<Tuple5, long> Declared() => TestBlock.Declare(_block, s => s.Map<Tuple5, long>("map", 200));
        var map = Declared();
        for (uint i = 0; i < 200; i++) map.Modify(map.FindOrAdd(new Tuple5 { Source = i, Protocol = 6 })) = i;
        var again = Declared();
        for (uint i = 0; i < 200; i++) Assert.That(again[again.Find(new Tuple5 { Source = i, Protocol = 6 })],
            Is.EqualTo(i));
    }

    [Test]
    public void Every_change_marks_its_lines()
    {
        var random = new Random(5);
        var map = TestBlock.Declare(_block, s => s.Map<Tuple5, Wide>("map", 100));
        for (var round = 0; round < 3000; round++)
        {
            var before = _block.Data.ToArray();
            _block.ClearMarks();
            var slot = map.FindOrAdd(new Tuple5 { Source = (uint)random.Next(150) });
            if (!slot.IsNone && random.Next(3) > 0)
            {
                ref var value = ref map.Modify(slot);
                value.First = (ulong)random.NextInt64();
                value.Last = (ulong)random.NextInt64();
                if (random.Next(2) == 0) map.Remove(slot);
            }

            var unmarked = TestBlock.ChangedLines(before, _block.Data).Except(TestBlock.MarkedLines(_block));
            Assert.That(unmarked, Is.Empty, $"round {round}: a replica would miss these lines");
        }
    }

    [Test]
    public void Reading_marks_nothing()
    {
        var map = TestBlock.Declare(_block, s => s.Map<int, long>("map", 10));
        map.FindOrAdd(1);
        _block.ClearMarks();
        Assert.That((map[map.Find(1)], map.Key(map.Find(1)), map.Find(2).IsNone), Is.EqualTo((0L, 1, true)));
        foreach (var slot in map) Assert.That(slot.IsNone, Is.False);
        Assert.That(_block.ChangedChunks, Is.Zero);
    }

    private static void AssertHolds<TKey, TValue>(Map<TKey, TValue> map, Dictionary<TKey, TValue> expected)
        where TKey : unmanaged where TValue : unmanaged
    {
        var held = new Dictionary<TKey, TValue>();
        foreach (var slot in map) held.Add(map.Key(slot), map[slot]);
        Assert.That(held, Is.EquivalentTo(expected));
    }

    private struct Pair
    {
        public long A, B;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Tuple5
    {
        public uint Source, Destination;
        public ushort SourcePort, DestinationPort;
        public byte Protocol;
    }

    /// <summary>Spans two lines behind its 13-byte key.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct Wide
    {
        [FieldOffset(0)] public ulong First;
        [FieldOffset(72)] public ulong Last;
    }
}
