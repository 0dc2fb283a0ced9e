using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Forwarder;

/// <summary>
/// The simplest NF that does something: exchanges the MAC addresses of every packet, counts it, and sends it on. For
/// measurements it can change as much more of its state per batch as one likes.
/// </summary>
public sealed class Forwarder(ForwarderSettings settings) : INetworkFunction
{
    private const int HeaderBytes = 14;

    private Counter _packets = null!;
    private StateArray<ulong>? _words;

    public void Initialise(StateDeclaration state)
    {
        _packets = state.Counter("packets");
        if (settings.BytesPerBatch > 0) _words = state.Array<ulong>("words", (settings.BytesPerBatch + 7) / 8);
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            if (packet.Length < HeaderBytes)
            {
                batch.Drop(packet, DropReason.Malformed);
                continue;
            }

            var header = packet.Write(HeaderBytes);
            var destination = System.Runtime.InteropServices.MemoryMarshal.Read<ulong>(header);
            var source = System.Runtime.InteropServices.MemoryMarshal.Read<ulong>(header[6..]);
            // 6 bytes each; what the first write puts beyond them the second one makes good.
            System.Runtime.InteropServices.MemoryMarshal.Write(header[6..], destination & 0xFFFF_FFFF_FFFF | source & 0xFFFF_0000_0000_0000);
            System.Runtime.InteropServices.MemoryMarshal.Write(header, source & 0xFFFF_FFFF_FFFF | destination << 48);
            _packets.Add(1);
            batch.Forward(packet);
        }

        if (_words is null) return;
        for (var word = 0; word < _words.Length; word++) _words.Modify(word)++;
    }

    public void Tick(long time)
    {
    }
}
