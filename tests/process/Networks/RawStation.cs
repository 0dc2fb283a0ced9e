using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Interface;

namespace Holdfast.Tests.Process.Networks;

/// <summary>Sends and receives frames on an interface as they are, for the test.</summary>
internal sealed class RawStation : IDisposable
{
    private const int SOL_PACKET = 263, PACKET_IGNORE_OUTGOING = 23, PACKET_VNET_HDR = 15;

    private readonly Socket _socket;
    private readonly byte[] _room = new byte[70_000];

    public RawStation(NetworkNamespace place, string name)
    {
        _socket = place.Do(() =>
        {
            var socket = new Socket(AddressFamily.Packet, SocketType.Raw, 0) { ReceiveBufferSize = 1 << 20 };
            socket.SetRawSocketOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, [1, 0, 0, 0]);
            using var query = new InterfaceQuery(name);
            socket.Bind(new LinkEndPoint(query.Index));
            return socket;
        });
    }

    public void Send(ReadOnlySpan<byte> frame) => _socket.Send(frame);

    /// <summary>Sends a frame whose checksum the receiver, in place of hardware, must finish.</summary>
    public void SendUnfinished(ReadOnlySpan<byte> frame, int checksumStart, int checksumOffset)
    {
        var header = new OffloadHeader
        {
            Flags = OffloadHeader.NeedsChecksum,
            ChecksumStart = (ushort)checksumStart,
            ChecksumOffset = (ushort)checksumOffset,
        };
        _socket.SetRawSocketOption(SOL_PACKET, PACKET_VNET_HDR, [1, 0, 0, 0]);
        _socket.Send([.. MemoryMarshal.AsBytes(new ReadOnlySpan<OffloadHeader>(in header)), .. frame]);
        _socket.SetRawSocketOption(SOL_PACKET, PACKET_VNET_HDR, [0, 0, 0, 0]);
    }

    /// <summary>The next frame that fits, or null when none comes in time.</summary>
    public byte[]? Receive(Func<byte[], bool> wanted, int milliseconds = 2000)
    {
        var deadline = Environment.TickCount64 + milliseconds;
        var buffer = new byte[70_000];
        while (Environment.TickCount64 < deadline)
        {
            if (!_socket.Poll(TimeSpan.FromMilliseconds(20), SelectMode.SelectRead)) continue;
            var frame = buffer[.._socket.Receive(buffer)];
            if (wanted(frame)) return frame;
        }

        return null;
    }

    /// <summary>The next frame if one is there.</summary>
    public byte[]? TryReceive()
    {
        try
        {
            return _socket.Poll(0, SelectMode.SelectRead) ? _room[.._socket.Receive(_room)] : null;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.NetworkDown)
        {
            return null; // said once; the link may come up again
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>struct sockaddr_ll: all protocols of one interface.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Packet, 20) { [3] = 3 }; // ETH_P_ALL in network order
            for (var i = 0; i < sizeof(int); i++) address[4 + i] = (byte)(index >> (8 * i));
            return address;
        }
    }
}
