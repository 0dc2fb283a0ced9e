using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Tests.Unit.Root;

/// <summary>One thing after the other that an NF can do to the memory that it maps, from a seed.</summary>
internal sealed class Mischief(HostileChain chain, Random random)
{
    private static readonly ulong[] Odd = [0, 1, ulong.MaxValue, 1UL << 63, uint.MaxValue, 1UL << 56, 1UL << 31, 4096];

    /// <summary>What it did, for the message.</summary>
    public List<string> Acts { get; } = [];

    public bool HasMovedIndex { get; private set; }

    /// <summary>Something that only its own words and slots show, so that nobody else can be meant.</summary>
    public void ActWithinItsRights()
    {
        var villain = chain.Villain;
        var side = random.Next(2);
        var rings = chain.Rings.MemoryOf(chain.Hostile);
        switch (random.Next(villain.IsStill ? 6 : 0, 16))
        {
            case 0 or 1:
                Say($"sends {Note(Strange()):x} on side {side}");
                villain.Send(side, _strange);
                break;
            case 2:
                Say($"drops {Note(Strange()):x}");
                villain.Returns.TryEnqueue(_strange);
                break;
            case 3:
                if (villain.In[side].Available() == 0) break;
                Say($"keeps {villain.In[side].Peek(0).Raw:x}");
                villain.In[side].Advance(1);
                break;
            case 4:
                Jump(rings[2 + random.Next(3)], RingLayout.TailOffset);
                villain.IsStill = true;
                break;
            case 5:
                Jump(rings[side], RingLayout.HeadOffset);
                villain.IsStill = true;
                break;
            case 6:
                var slot = random.Next(DeltaSlots.Count);
                Scribble(chain.Slots[chain.Hostile + 1].Memory, 64 + slot * DeltaSlots.SlotBytes, near: chain.Board.Closed);
                break;
            case 7:
                Scribble(chain.Slots[chain.Hostile + 1].Memory, 64 + random.Next(DeltaSlots.Count) * DeltaSlots.SlotBytes
                    + 8 * random.Next(1, DeltaSlots.LinesOffset / 8));
                break;
            case 8:
                Scribble(Block.Memory, 8 * random.Next(8, StateBlock.DataOffset / 8)); // masks, vitals, lock, record, journal
                break;
            case 9:
                Scribble(Block.Memory, StateBlock.DataOffset + 8 * random.Next(StateBlock.Bytes / 8 + 24));
                break;
            case 10:
                Complain();
                break;
            case 11:
                villain.Captures ^= true;
                Say($"captures: {villain.Captures}");
                break;
            default:
                ActInCommonMemory();
                break;
        }
    }

    /// <summary>Where every NF may write: packets, their metadata, doorbells.</summary>
    public void ActInCommonMemory()
    {
        if (random.Next(8) == 0)
        {
            Scribble(chain.Bells, 8 * random.Next(8, (int)HostileChain.BytesOf(chain.Bells).Length / 8));
            return;
        }

        var buffer = random.Next(4) == 0 ? (uint)random.Next((int)HostileChain.Buffers) : chain.Table.PeekFree(1)[0];
        var word = random.Next(8);
        Say($"writes word {word} of the metadata of {buffer}");
        MemoryMarshal.Cast<Holdfast.NfLib.Packets.PacketMetadata, ulong>(new Span<Holdfast.NfLib.Packets.PacketMetadata>(ref chain.Pool.Metadata(buffer)))[word]
            = Number(2000);
    }

    /// <summary>Anything, anywhere in what it maps: its neighbours' words and the headers of objects too.</summary>
    public void ActAnywhere()
    {
        MemoryObject[] mapped = [.. chain.Rings.MemoryOf(chain.Hostile), Block.Memory, chain.Slots[chain.Hostile + 1].Memory,
            chain.Bells, chain.Pool.Memory];
        var memory = mapped[random.Next(mapped.Length)];
        var bytes = HostileChain.BytesOf(memory);
        switch (random.Next(6))
        {
            case 0:
                Scribble(memory, 8 * random.Next(8)); // the header
                break;
            case 1:
                Scribble(memory, 8 * random.Next(Math.Min(bytes.Length, 4096) / 8));
                break;
            case 2:
                var from = 8 * random.Next(bytes.Length / 8);
                Say($"fills {mapped.AsSpan().IndexOf(memory)} from {from}");
                random.NextBytes(bytes.Slice(from, Math.Min(random.Next(512), bytes.Length - from)));
                break;
            default:
                var ring = random.Next(5);
                var at = RingLayout.SlotsOffset + 8 * random.Next((int)HostileChain.Edge);
                Say($"writes {Note(Strange()):x} into ring {ring} at {at}");
                Villain.Word(mapped[ring], at) = _strange.Raw;
                break;
        }
    }

    private StateBlock Block => chain.Blocks[chain.Hostile + 1];

    private Descriptor _strange;

    private ulong Note(Descriptor descriptor) => (_strange = descriptor).Raw;

    private void Say(string what) => Acts.Add(what);

    private void Jump(MemoryObject ring, int word)
    {
        HasMovedIndex = true;
        ref var index = ref Villain.Word(ring, word);
        var to = random.Next(3) == 0 ? Number(index) : index + (ulong)random.Next(-300, 300);
        Say($"moves an index at {word} from {index} to {to}");
        index = to;
    }

    private void Scribble(MemoryObject memory, int offset, ulong near = 0)
    {
        var value = Number(near);
        Say($"writes {value:x} at {offset} of an object of {memory.Bytes} bytes");
        Villain.Word(memory, offset) = value;
    }

    private void Complain()
    {
        Say("complains");
        ref var vitals = ref Block.Vitals;
        vitals.ComplaintDescriptor = Strange().Raw;
        vitals.ComplaintDirection = (uint)random.Next(4);
    }

    private ulong Number(ulong near) => random.Next(4) switch
    {
        0 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        1 => Odd[random.Next(Odd.Length)],
        2 => near + (ulong)random.Next(-5, 6),
        _ => (ulong)random.Next(1 << random.Next(1, 31)),
    };

    private Descriptor Strange()
    {
        var read = chain.Villain.Read;
        return random.Next(9) switch
        {
            0 => new Descriptor((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
            1 => Descriptor.Barrier(chain.Board.Closed + (ulong)random.Next(-3, 4), random.Next(2) == 0),
            2 => Descriptor.Tick(random.NextInt64()),
            3 => Descriptor.Packet((uint)random.Next((int)HostileChain.Buffers * 2), (uint)random.Next(100)),
            4 => chain.Table.DescriptorOf((uint)random.Next((int)HostileChain.Buffers)),
            5 => chain.Table.DescriptorOf((uint)random.Next((int)HostileChain.Buffers)).AsPoison(),
            _ when read.Count > 0 => read[^random.Next(1, Math.Min(read.Count, 64) + 1)],
            _ => new Descriptor((ulong)random.Next(256) << Descriptor.ValueBits | (uint)random.Next()),
        };
    }
}
