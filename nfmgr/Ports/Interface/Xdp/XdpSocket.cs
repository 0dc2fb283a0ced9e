using System.Numerics;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;
using static Holdfast.Nfmgr.Ports.Interface.Xdp.XdpAbi;
using static Holdfast.Nfmgr.Ports.Interface.Xdp.XdpSyscalls;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>
/// An AF_XDP socket on queue 0 of an interface, its four rings, and the program that brings frames to it. The packet
/// pool is registered as its memory; several sockets may register the same pool. Until <see cref="Admit"/> no frame
/// comes. What is in the rings is the kernel's until <see cref="Dispose"/>, which must come before the pool's end.
/// </summary>
internal sealed unsafe class XdpSocket : IDisposable
{
    // Safe: rings are mapped as long as the socket, which is disposed on the loop's thread like all that uses it; their
    // words and slots lie where the kernel says, which is checked against the mapping. Options and addresses are locals.
    private const int QueueTries = 100;

    private readonly string _interface;
    private readonly List<(nint Start, nuint Bytes)> _mappings = [];
    private readonly XdpProgram _program;

    /// <param name="interfaceName">The interface's name, for errors.</param>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="pool">What frames are received into and sent from.</param>
    /// <param name="slots">Of each ring: the most buffers that may be in it; a power of two.</param>
    /// <param name="bind">How; not <see cref="XdpBind.Best"/>.</param>
    /// <param name="patient">Wait, up to a second, until the kernel has freed what a process that has just ended held.</param>
    /// <exception cref="XdpException">The interface or the kernel can't do that.</exception>
    public XdpSocket(string interfaceName, int interfaceIndex, PacketPool pool, uint slots, XdpBind bind, bool patient)
    {
        if (!BitOperations.IsPow2(slots)) throw new ArgumentOutOfRangeException(nameof(slots), slots, "not a power of two");
        _interface = interfaceName;
        if (bind == XdpBind.ZeroCopy && !pool.Memory.OnHugePages)
            throw new XdpException($"interface {interfaceName}: zero-copy needs the packet pool on huge pages; reserve " +
                $"{(pool.Memory.Bytes >> 21) + 1} more of them: sysctl vm.nr_hugepages, and hugePages 'auto'");
        Fd = Socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (Fd < 0) throw Failed("opening an AF_XDP socket", "this kernel may be without CONFIG_XDP_SOCKETS; use mode 'packet'");
        try
        {
            Register(pool);
            // A copying kernel charges frames that a device still has to the socket's send buffer.
            RaiseSendBuffer(Fd, (int)slots * 2 * PacketPool.BufferBytes);
            foreach (var ring in (ReadOnlySpan<int>)[XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING])
            {
                if (SetOption(Fd, SOL_XDP, ring, &slots, sizeof(uint)) < 0) throw Failed($"making a ring of {slots} slots", "free memory");
            }

            MappingOffsets at;
            var bytes = (uint)sizeof(MappingOffsets);
            if (GetOption(Fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &bytes) < 0 || bytes != sizeof(MappingOffsets))
                throw Failed("asking where the rings are (XDP_MMAP_OFFSETS)", "Linux 5.4 or later is needed");
            Fill = MapProducer<ulong>(XDP_UMEM_PGOFF_FILL_RING, at.Fill, slots);
            Completed = MapConsumer<ulong>(XDP_UMEM_PGOFF_COMPLETION_RING, at.Completion, slots);
            Received = MapConsumer<XdpDescriptor>(XDP_PGOFF_RX_RING, at.Receive, slots);
            Transmit = MapProducer<XdpDescriptor>(XDP_PGOFF_TX_RING, at.Transmit, slots);
            _program = new XdpProgram(interfaceName, interfaceIndex, driver: bind != XdpBind.Generic, patient);
            BindTo(interfaceIndex, bind, patient);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Fd { get; private set; } = -1;

    /// <summary>Empty buffers for the kernel.</summary>
    public XskProducer<ulong> Fill { get; }

    /// <summary>Buffers whose frames have left.</summary>
    public XskConsumer<ulong> Completed { get; }

    public XskConsumer<XdpDescriptor> Received { get; }

    public XskProducer<XdpDescriptor> Transmit { get; }

    public XdpStatistics Statistics
    {
        get
        {
            XdpStatistics statistics = default;
            var bytes = (uint)sizeof(XdpStatistics);
            _ = GetOption(Fd, SOL_XDP, XDP_STATISTICS, &statistics, &bytes);
            return statistics;
        }
    }

    /// <summary>Frames come from now on.</summary>
    public void Admit() => _program.Admit(_interface, Fd);

    /// <summary>Makes the kernel send from the transmit ring; a copying kernel sends at most 32 frames each time.</summary>
    /// <returns>0, or an error number.</returns>
    public int Kick() => SendTo(Fd, null, 0, MSG_DONTWAIT, null, 0) >= 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Makes a driver look at the fill ring that it found empty before.</summary>
    public void WakeReceiver() => _ = ReceiveFrom(Fd, null, 0, MSG_DONTWAIT, null, null);

    /// <summary>Detaches the program and closes the socket. All buffers in its rings are ours again.</summary>
    public void Dispose()
    {
        if (Fd < 0) return;
        _program?.Dispose();
        _ = Libc.Close(Fd); // returns when no receiving processor uses the socket any more
        Fd = -1;
        foreach (var (start, bytes) in _mappings) _ = Unmap(start, bytes);
        _mappings.Clear();
    }

    private void Register(PacketPool pool)
    {
        var registration = new UmemRegistration
        {
            Address = (ulong)pool.Memory.Base,
            Length = (ulong)pool.Memory.Bytes,
            ChunkSize = PacketPool.BufferBytes,
            Flags = XDP_UMEM_UNALIGNED_CHUNK_FLAG,
        };
        if (SetOption(Fd, SOL_XDP, XDP_UMEM_REG, &registration, (uint)sizeof(UmemRegistration)) >= 0) return;
        var error = Marshal.GetLastPInvokeError();
        throw XdpException.Of(_interface, $"locking the packet pool's {pool.Memory.Bytes >> 10} KiB (XDP_UMEM_REG)",
            error == ENOBUFS ? "each interface port locks the pool once: raise the limit on locked memory (ulimit -l), give CAP_IPC_LOCK, or " +
                "lower packetBuffers" : "lower packetBuffers, or use mode 'packet'", error);
    }

    private void BindTo(int interfaceIndex, XdpBind bind, bool patient)
    {
        var address = new XdpAddress
        {
            Family = AF_XDP,
            Flags = (ushort)(XDP_USE_NEED_WAKEUP | (bind == XdpBind.ZeroCopy ? XDP_ZEROCOPY : XDP_COPY)),
            InterfaceIndex = (uint)interfaceIndex,
        };
        for (var tries = 1; ; tries++)
        {
            if (Bind(Fd, &address, (uint)sizeof(XdpAddress)) >= 0) return;
            var error = Marshal.GetLastPInvokeError();
            // The kernel frees a queue some time after the last socket was closed: this node's last life may have had it.
            if (error != EBUSY || !patient || tries == QueueTries)
            {
                throw XdpException.Of(_interface, $"binding to its queue 0 ({bind})", error switch
                {
                    EBUSY => "another AF_XDP socket has it; end the program that owns it",
                    EOPNOTSUPP or EINVAL => $"the driver does not offer {bind}; use mode 'packet'",
                    ENETDOWN => $"ip link set dev {_interface} up",
                    _ => "use mode 'packet'",
                }, error);
            }

            Thread.Sleep(10);
        }
    }

    private XskProducer<T> MapProducer<T>(long where, RingOffsets at, uint slots) where T : unmanaged
    {
        var start = MapRing(where, at, slots * (ulong)sizeof(T));
        return new XskProducer<T>((uint*)(start + at.Producer), (uint*)(start + at.Consumer), (uint*)(start + at.Flags),
            (T*)(start + at.Slots), slots);
    }

    private XskConsumer<T> MapConsumer<T>(long where, RingOffsets at, uint slots) where T : unmanaged
    {
        var start = MapRing(where, at, slots * (ulong)sizeof(T));
        return new XskConsumer<T>((uint*)(start + at.Producer), (uint*)(start + at.Consumer), (T*)(start + at.Slots), slots);
    }

    private byte* MapRing(long where, RingOffsets at, ulong slotBytes)
    {
        var bytes = (nuint)(at.Slots + slotBytes);
        if (Math.Max(at.Producer, Math.Max(at.Consumer, at.Flags)) + sizeof(uint) > bytes)
            throw new XdpException($"interface {_interface}: the kernel lays a ring's words outside of it; use mode 'packet'");
        var start = Map(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, Fd, where);
        if (start == -1) throw Failed("mapping a ring", "free memory");
        _mappings.Add((start, bytes));
        return (byte*)start;
    }

    private XdpException Failed(string what, string remedy) => XdpException.Of(_interface, what, remedy);
}
