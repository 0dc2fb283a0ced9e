using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Host;

/// <summary>Maps the memory objects that nfmgr passes to an NF's process.</summary>
internal static class NfMapping
{
    /// <param name="socket">The descriptors came with the last line of this.</param>
    /// <param name="attach">That line.</param>
    /// <param name="bell">Where this NF sleeps.</param>
    /// <exception cref="MemoryObjectException">An object is not what it should be.</exception>
    public static NfAttachment Map(FdSocket socket, NfAttach attach, out Doorbell bell)
    {
        var fds = new int[(int)AttachDescriptors.Count];
        for (var i = 0; i < fds.Length; i++) fds[i] = socket.TakeDescriptor();
        int Fd(AttachDescriptors which) => fds[(int)which];
        MemoryObject Map(AttachDescriptors which, ObjectKind kind, uint version)
        {
            var mapped = MemoryObject.Map(Fd(which), kind, version);
            mapped.Populate(); // a successor has no time for page faults
            return mapped;
        }

        MemoryObject Ring(AttachDescriptors which) => Map(which, ObjectKind.Ring, RingLayout.Version);

        var bells = Map(AttachDescriptors.Doorbells, ObjectKind.Doorbells, Doorbells.Version);
        bell = new Doorbell(bells, Doorbells.OffsetOf(attach.Index + 1));
        List<Doorbell> neighbours = [new Doorbell(bells, Doorbells.OffsetOf(0), Fd(AttachDescriptors.ManagerEvent))];
        if (attach.Index > 0) neighbours.Add(new Doorbell(bells, Doorbells.OffsetOf(attach.Index)));
        if (attach.Index + 1 < attach.Functions) neighbours.Add(new Doorbell(bells, Doorbells.OffsetOf(attach.Index + 2)));

        return new NfAttachment
        {
            Control = new ChainControl(MemoryObject.Map(Fd(AttachDescriptors.Control), ObjectKind.ChainControl, ChainControl.Version, readOnly: true)),
            Index = attach.Index,
            BatchCommit = attach.BatchCommit,
            JoinLines = attach.JoinLines,
            Pool = new PacketPool(Map(AttachDescriptors.Pool, ObjectKind.PacketPool, PacketPool.Version)),
            Block = new StateBlock(Map(AttachDescriptors.Block, ObjectKind.StateBlock, StateBlock.Version)),
            Slots = new DeltaSlots(Map(AttachDescriptors.Slots, ObjectKind.DeltaSlots, DeltaSlots.Version)),
            Inputs = [new RingConsumer(Ring(AttachDescriptors.InputFromLeft)), new RingConsumer(Ring(AttachDescriptors.InputFromRight))],
            Outputs = [new RingProducer(Ring(AttachDescriptors.OutputToRight)), new RingProducer(Ring(AttachDescriptors.OutputToLeft))],
            Returns = new RingProducer(Ring(AttachDescriptors.Returns)),
            Neighbours = [.. neighbours],
        };
    }
}
