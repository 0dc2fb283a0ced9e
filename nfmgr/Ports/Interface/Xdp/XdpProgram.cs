using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>
/// The program that the kernel runs on each frame of an interface: into the socket that stands in its map for the
/// frame's queue, else on to the kernel's own stack. Attached by a link, which ends with the process however that ends.
/// </summary>
internal sealed unsafe class XdpProgram : IDisposable
{
    // Safe: the kernel gets pointers to locals of the size named beside them, and keeps none of them.
    private const int BPF_MAP_CREATE = 0, BPF_MAP_UPDATE_ELEM = 2, BPF_PROG_LOAD = 5, BPF_LINK_CREATE = 28;
    private const uint BPF_MAP_TYPE_XSKMAP = 17, BPF_PROG_TYPE_XDP = 6, BPF_XDP = 37;
    private const uint XDP_FLAGS_SKB_MODE = 2, XDP_FLAGS_DRV_MODE = 4;

    private const int AttachTries = 50;

    private int _map = -1, _program = -1, _link = -1;

    /// <summary>Loads and attaches the program; until <see cref="Admit"/> all frames pass by.</summary>
    /// <param name="interfaceName">The interface's name, for errors.</param>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="driver">In the interface's driver, else in the kernel behind any driver (generic mode).</param>
    /// <param name="patient">Wait, up to half a second, until a process that has just ended has let the interface go.</param>
    /// <exception cref="XdpException">The kernel refused.</exception>
    public XdpProgram(string interfaceName, int interfaceIndex, bool driver, bool patient)
    {
        try
        {
            _map = CreateMap(interfaceName);
            _program = Load(interfaceName, _map);
            _link = Attach(interfaceName, _program, interfaceIndex, driver, patient);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>From now on the frames of queue 0 go to a socket, which must be bound.</summary>
    /// <exception cref="XdpException">The kernel refused.</exception>
    public void Admit(string interfaceName, int socket)
    {
        uint queue = 0;
        var value = (uint)socket;
        var update = new MapUpdate { Map = (uint)_map, Key = (ulong)&queue, Value = (ulong)&value };
        if (XdpSyscalls.Bpf(BPF_MAP_UPDATE_ELEM, &update, sizeof(MapUpdate)) < 0)
            throw XdpException.Of(interfaceName, "handing frames to the socket (BPF_MAP_UPDATE_ELEM)", "use mode 'packet'");
    }

    /// <summary>Detaches the program from the interface.</summary>
    public void Dispose()
    {
        foreach (var fd in (ReadOnlySpan<int>)[_link, _program, _map])
        {
            if (fd >= 0) _ = Libc.Close(fd);
        }

        _link = _program = _map = -1;
    }

    /// <summary>The program's instructions, eight bytes each (linux/bpf.h): opcode, registers, offset, number.</summary>
    /// <param name="map">Descriptor of the map of sockets.</param>
    internal static byte[] Instructions(int map)
    {
        const byte loadWord = 0x61, loadNumber = 0x18, setNumber = 0xB7, call = 0x85, exit = 0x95;
        const short queueOfFrame = 16; // xdp_md.rx_queue_index
        const byte mapDescriptor = 1; // the "source" BPF_PSEUDO_MAP_FD
        const int redirectMap = 51, pass = 2;
        return
        [
            .. Instruction(loadWord, to: 2, from: 1, queueOfFrame, 0),
            .. Instruction(loadNumber, to: 1, mapDescriptor, 0, map),
            .. Instruction(0, 0, 0, 0, 0), // the upper half of the number
            .. Instruction(setNumber, to: 3, 0, 0, pass), // what happens where the map is empty
            .. Instruction(call, 0, 0, 0, redirectMap),
            .. Instruction(exit, 0, 0, 0, 0),
        ];
    }

    private static byte[] Instruction(byte opcode, byte to, byte from, short offset, int number)
    {
        var bytes = new byte[8];
        (bytes[0], bytes[1]) = (opcode, (byte)(from << 4 | to));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2), offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), number);
        return bytes;
    }

    private static int CreateMap(string interfaceName)
    {
        var create = new MapCreation { Type = BPF_MAP_TYPE_XSKMAP, KeyBytes = 4, ValueBytes = 4, Entries = 1 };
        var map = XdpSyscalls.Bpf(BPF_MAP_CREATE, &create, sizeof(MapCreation));
        return map >= 0 ? map : throw XdpException.Of(interfaceName, "making a map of AF_XDP sockets (BPF_MAP_CREATE)",
            "this kernel may be without CONFIG_XDP_SOCKETS or CONFIG_BPF_SYSCALL; use mode 'packet'");
    }

    private static int Load(string interfaceName, int map)
    {
        var program = Instructions(map);
        fixed (byte* instructions = program, license = "Apache-2.0\0"u8, name = "holdfast\0"u8)
        {
            var load = new ProgramLoad
            {
                Type = BPF_PROG_TYPE_XDP,
                InstructionCount = (uint)program.Length / 8,
                Instructions = (ulong)instructions,
                License = (ulong)license,
                ExpectedAttachType = BPF_XDP,
            };
            new ReadOnlySpan<byte>(name, 9).CopyTo(new Span<byte>(load.Name, 16));
            var loaded = XdpSyscalls.Bpf(BPF_PROG_LOAD, &load, sizeof(ProgramLoad));
            return loaded >= 0 ? loaded : throw XdpException.Of(interfaceName, "loading the XDP program (BPF_PROG_LOAD)",
                "Linux 5.9 or later is needed; use mode 'packet'");
        }
    }

    private static int Attach(string interfaceName, int program, int interfaceIndex, bool driver, bool patient)
    {
        var attach = new LinkCreation
        {
            Program = (uint)program,
            InterfaceIndex = (uint)interfaceIndex,
            AttachType = BPF_XDP,
            Flags = driver ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE,
        };
        int error;
        for (var tries = 0; ; tries++)
        {
            var link = XdpSyscalls.Bpf(BPF_LINK_CREATE, &attach, sizeof(LinkCreation));
            if (link >= 0) return link;
            error = Marshal.GetLastPInvokeError();
            // A process that was killed a moment ago, this node's last one, may not be quite gone.
            if (error is not (EBUSY or EEXIST) || !patient || tries == AttachTries) break;
            Thread.Sleep(10);
        }

        throw XdpException.Of(interfaceName, $"attaching the XDP program in {(driver ? "driver" : "generic")} mode",
            error is EBUSY or EEXIST
                ? $"another XDP program is on it: see ip -d link show {interfaceName}; end the program that owns it, or " +
                  $"ip link set dev {interfaceName} xdp off"
                : "use mode 'packet'", error);
    }

    // Members of union bpf_attr.

    [StructLayout(LayoutKind.Sequential)]
    internal struct MapCreation
    {
        public uint Type, KeyBytes, ValueBytes, Entries, Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct MapUpdate
    {
        public uint Map, Padding;
        public ulong Key, Value, Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramLoad
    {
        public uint Type, InstructionCount;
        public ulong Instructions, License;
        public uint LogLevel, LogBytes;
        public ulong Log;
        public uint KernelVersion, Flags;
        public fixed byte Name[16]; // safe: written once, with a span of this length
        public uint InterfaceIndex, ExpectedAttachType;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct LinkCreation
    {
        public uint Program, InterfaceIndex, AttachType, Flags;
    }
}
