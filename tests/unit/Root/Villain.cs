using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;

namespace Holdfast.Tests.Unit.Root;

/// <summary>The NF of a <see cref="HostileChain"/> that the test plays, on what such an NF's process maps: it passes on and
/// captures as an honest one does, but for what the test makes it do.</summary>
internal sealed class Villain
{
    private readonly HostileChain _chain;
    private readonly ulong[] _met = new ulong[2];

    public Villain(HostileChain chain)
    {
        _chain = chain;
        In = chain.Rings.OpenInputsOf(chain.Hostile);
        Out = chain.Rings.OpenOutputsOf(chain.Hostile);
        Returns = chain.Rings.OpenReturnsOf(chain.Hostile);
    }

    public RingConsumer[] In { get; }

    public RingProducer[] Out { get; }

    public RingProducer Returns { get; }

    /// <summary>What becomes of a descriptor instead of being sent on: these, to the output of its direction.</summary>
    public Func<Descriptor, Descriptor[]>? Instead { get; set; }

    /// <summary>What it dropped, as poison or plain, is left out of the outputs.</summary>
    public Func<Descriptor, Descriptor[]>? Drops { get; set; }

    public bool Captures { get; set; } = true;

    /// <summary>It has moved one of its indices, and leaves its rings alone from then on: one that comes back leaves two
    /// stories, in which either of the ring's ends is the liar.</summary>
    public bool IsStill { get; set; }

    public ulong Checkpoint { get; private set; }

    /// <summary>Everything that it has read.</summary>
    public List<Descriptor> Read { get; } = [];

    /// <summary>One pass of its loop.</summary>
    public int PassOn()
    {
        _chain.Blocks[_chain.Hostile + 1].Vitals.Beat++;
        if (IsStill) return 0;
        var work = 0;
        for (var direction = 0; direction < 2; direction++)
        {
            for (; _met[direction] == 0 && In[direction].Available() > 0 && Out[direction].Room(4) >= 4; work++)
            {
                var descriptor = In[direction].Peek(0);
                Read.Add(descriptor);
                if (descriptor.Kind is DescriptorKind.Barrier or DescriptorKind.JoinBarrier) _met[direction] = descriptor.Value;
                foreach (var dropped in Drops?.Invoke(descriptor) ?? []) Returns.TryEnqueue(dropped);
                foreach (var sent in Instead?.Invoke(descriptor) ?? [descriptor]) Out[direction].TryEnqueue(sent);
                In[direction].Advance(1);
            }
        }

        if (_met[0] == 0 || _met[0] != _met[1] || !Captures) return work;
        Checkpoint = _met[0];
        var block = _chain.Blocks[_chain.Hostile + 1];
        block.BeginJoin();
        _chain.Slots[_chain.Hostile + 1].Capture(block, _met[0]);
        _met[0] = _met[1] = 0;
        return work + 1;
    }

    /// <summary>Sends something that nobody gave it.</summary>
    public void Send(int direction, Descriptor descriptor) => Out[direction].TryEnqueue(descriptor);

    /// <summary>A word of one of its rings, as any program can write it.</summary>
    public static unsafe ref ulong Word(MemoryObject ring, int offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, (int)ring.Bytes - sizeof(ulong));
        return ref *(ulong*)(ring.Base + offset); // safe: inside the object, as was just checked
    }
}
