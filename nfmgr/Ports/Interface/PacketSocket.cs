using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;
using static Holdfast.Nfmgr.Ports.Interface.PacketCalls;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>A packet socket: its options, and the interface that it is bound to.</summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    // Safe: the kernel gets pointers to locals that outlive the call, with their size.

    private readonly string _interface;

    /// <param name="name">The interface's name, for messages.</param>
    /// <exception cref="IOException">This process may not have one.</exception>
    public PacketSocket(string name)
    {
        _interface = name;
        // Without a protocol it receives nothing until it is bound; otherwise it would hear all interfaces at first.
        Fd = Socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (Fd < 0)
            throw new IOException($"interface {name}: {Marshal.GetLastPInvokeErrorMessage()} when opening a packet socket; run nfmgr as root, "
                + $"or give the program the right to: setcap cap_net_raw+ep {Environment.ProcessPath}");
    }

    public int Fd { get; }

    /// <exception cref="IOException">The kernel refuses the option; this is not of the kind that may happen.</exception>
    public void Set<T>(int level, int option, T value, string what) where T : unmanaged
    {
        if (!TrySet(level, option, value))
            throw new IOException($"interface {_interface}: {what}: {Marshal.GetLastPInvokeErrorMessage()}; Linux 5.4 or newer is needed");
    }

    public bool TrySet<T>(int level, int option, T value) where T : unmanaged =>
        SetOption(Fd, level, option, &value, (uint)sizeof(T)) == 0;

    /// <summary>Binds to an interface; also again, to the one that has come after a deleted one.</summary>
    /// <param name="index">The interface.</param>
    /// <param name="protocol">What to receive of it, or 0 for nothing.</param>
    public bool TryBind(int index, ushort protocol)
    {
        var address = new LinkAddress
        {
            Family = AF_PACKET,
            Protocol = BinaryPrimitives.ReverseEndianness(protocol),
            InterfaceIndex = index,
        };
        return Bind(Fd, &address, (uint)sizeof(LinkAddress)) == 0;
    }

    /// <summary>Takes the error that the kernel noted when the link went down; while it is noted, poll returns at once.</summary>
    public void TakeError()
    {
        int error;
        uint bytes = sizeof(int);
        _ = GetOption(Fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
    }

    /// <summary>Frames dropped for lack of room since the last call: reading sets the kernel's count to zero.</summary>
    public uint TakeDropped()
    {
        RingStatistics statistics;
        var bytes = (uint)sizeof(RingStatistics);
        return GetOption(Fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &bytes) == 0 ? statistics.Dropped : 0;
    }

    public void Dispose() => _ = Libc.Close(Fd);
}
