using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>
/// Buffers between root and kernel: filled ones for empty ones, sent ones back. The kernel must return what it was given;
/// anything else in its rings is refused, so that it can lead neither out of the pool nor to a buffer that others have.
/// </summary>
internal sealed class BufferExchange(Umem umem, PortBuffers buffers, FrameCounts counts)
{
    /// <summary>Frames taken from the ring, refused ones included.</summary>
    public ulong Received { get; private set; }

    /// <summary>A driver has the buffers, not the kernel's copying.</summary>
    public bool IsZeroCopy { get; set; }

    /// <summary>Whether the kernel takes this buffer.</summary>
    public bool IsForKernel(uint buffer) => !IsZeroCopy || !umem.CrossesHugePages(buffer);

    /// <summary>Takes received frames, each in exchange for an empty buffer.</summary>
    /// <returns>How many of <paramref name="given"/> now hold frames, from the first on.</returns>
    public int Receive(XskConsumer<XdpDescriptor> ring, PacketPool pool, Span<uint> given)
    {
        var filled = 0;
        // As many looks as buffers: a flood of refused frames must not hold the loop up.
        var looks = Math.Min(ring.Available, given.Length);
        for (var look = 0; look < looks; look++)
        {
            var descriptor = ring.Take();
            Received++;
            if (!TryAccept(descriptor, out var buffer, out var offset)) continue;
            var length = (int)descriptor.Length;
            if (IsForKernel(given[filled]))
            {
                pool.Place(buffer, offset, length);
                buffers.GiveAway(buffer);
                buffers.AddSpare(given[filled]);
                given[filled] = buffer;
            }
            else
            {
                pool.Fill(given[filled], pool.Buffer(buffer).Slice(offset, length));
                buffers.AddSpare(buffer);
            }

            PseudoHeaderSum.Finish(pool.Frame(given[filled]));
            filled++;
        }

        ring.Release();
        return filled;
    }

    /// <summary>Hands spare buffers to the kernel, to be filled.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Refill(XskProducer<ulong> ring)
    {
        var room = ring.Room;
        for (; room > 0 && buffers.TryTakeForFill(out var buffer); room--) ring.Put(umem.AddressOf(buffer));
        return ring.Publish();
    }

    /// <summary>Takes buffers whose frames have left.</summary>
    /// <returns>How many of them are the root's, in <paramref name="back"/> from the first on.</returns>
    public int TakeBack(XskConsumer<ulong> ring, Span<uint> back)
    {
        var count = 0;
        for (var available = ring.Available; available > 0 && count < back.Length; available--)
        {
            if (!umem.TryLocate(ring.Take(), out var buffer, out _)) continue;
            switch (buffers.UseOf(buffer))
            {
                case BufferUse.Sending:
                    buffers.GiveAway(buffer);
                    back[count++] = buffer;
                    break;
                case BufferUse.SendingOwn:
                    buffers.AddSpare(buffer);
                    break;
            }
        }

        ring.Release();
        return count;
    }

    private bool TryAccept(in XdpDescriptor descriptor, out uint buffer, out int offset)
    {
        var refusal = Refusal.Malformed;
        if (umem.TryLocate(descriptor.Address, out buffer, out offset) && buffers.UseOf(buffer) == BufferUse.Filling)
        {
            refusal = (descriptor.Options & XdpAbi.XDP_PKT_CONTD) != 0 ? Refusal.TooLong
                : descriptor.Length < Ethernet.HeaderBytes || descriptor.Length > PacketPool.BufferBytes - (uint)offset ? Refusal.Malformed
                : Refusal.None;
            if (refusal == Refusal.None) return true;
            buffers.AddSpare(buffer);
        }

        counts.Refuse(refusal);
        return false;
    }
}
