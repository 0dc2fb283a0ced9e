using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>When an NF wakes a neighbour that sleeps.</summary>
public sealed unsafe class RingingTests
{
    private MemoryObject _bells = null!;
    private Doorbell _bell = null!;
    private LoopRig _rig = null!;
    private int* _sleeps;

    [SetUp]
    public void MakeRig()
    {
        _bells = Doorbells.OnHeap(1);
        _sleeps = (int*)(_bells.Base + Doorbells.OffsetOf(0)); // safe: the object has a word for one, and outlives the test
        _bell = new Doorbell(_bells, Doorbells.OffsetOf(0));
        _rig = new LoopRig(new ForwardAll(), capacity: 1024, neighbour: _bell);
        _bell.AnnounceSleep();
    }

    [TearDown]
    public void FreeRig()
    {
        _rig.Dispose();
        _bells.Dispose();
    }

    private bool IsRung => *_sleeps == 0;

    [Test]
    public void When_it_has_no_more_for_it()
    {
        Offer(1);
        Assert.That((_rig.Loop.DoWork() > 0, IsRung), Is.EqualTo((true, false)));
        Assert.That((_rig.Loop.DoWork(), IsRung), Is.EqualTo((0, true)));
    }

    [Test]
    public void After_eight_batches_although_there_is_more()
    {
        Offer(9 * Batch.MaxPackets);
        for (var batch = 1; batch <= 8; batch++)
        {
            Assert.That(IsRung, Is.False, $"before batch {batch}");
            Assert.That(_rig.Loop.DoWork(), Is.EqualTo(Batch.MaxPackets));
        }

        Assert.That(IsRung);
    }

    [Test]
    public void Also_when_it_is_paused_before_that()
    {
        Offer(1);
        _rig.Loop.DoWork();
        _rig.Control.Pause(0, paused: true);
        Assert.That((_rig.Loop.DoWork(), IsRung), Is.EqualTo((0, true)));
    }

    [Test]
    public void Not_for_nothing()
    {
        _rig.Loop.DoWork();
        Assert.That(IsRung, Is.False);
    }

    private void Offer(int packets)
    {
        for (uint i = 0; i < packets; i++) _rig.In[0].TryEnqueue(Descriptor.Packet(i));
    }

    private sealed class ForwardAll : INetworkFunction
    {
        public void Initialise(NfLib.State.StateDeclaration state) => state.Counter("none");

        public void Process(Batch batch)
        {
            foreach (var packet in batch) batch.Forward(packet);
        }

        public void Tick(long time)
        {
        }
    }
}
