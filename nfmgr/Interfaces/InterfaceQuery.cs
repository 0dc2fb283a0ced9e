using System.Runtime.InteropServices;
using System.Text;
using Holdfast.NfLib.Memory;
using static Holdfast.Nfmgr.Interfaces.InterfaceCalls;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;

namespace Holdfast.Nfmgr.Interfaces;

/// <summary>
/// Asks the kernel about the interface that has a name now. Needs no privileges. Index and state allocate nothing, so
/// that a port can ask while packets flow.
/// </summary>
public sealed unsafe class InterfaceQuery : IDisposable
{
    // Safe: what the kernel reads and writes are locals, or native memory as large as its head says.
    private readonly int _socket;
    private readonly InterfaceRequest _request;

    /// <param name="name">The interface's name; at most 15 bytes.</param>
    /// <exception cref="IOException">This process has no descriptor left.</exception>
    public InterfaceQuery(string name)
    {
        Name = name;
        var request = new InterfaceRequest();
        if (!Encoding.UTF8.TryGetBytes(name, new Span<byte>(request.Name, MaxNameBytes), out _))
            throw new ArgumentException($"interface '{name}': the name is longer than {MaxNameBytes} bytes", nameof(name));
        _request = request;
        _socket = Socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (_socket < 0) throw new IOException($"interface {name}: {Marshal.GetLastPInvokeErrorMessage()} when opening a socket to ask about it");
    }

    public string Name { get; }

    /// <summary>The interface's number, or 0 when there is none. One that is deleted and made again has another.</summary>
    public int Index => TryAsk(SIOCGIFINDEX, out var answer) ? answer.Value : 0;

    public LinkState State
    {
        get
        {
            const short both = IFF_UP | IFF_RUNNING;
            return !TryAsk(SIOCGIFFLAGS, out var answer) ? LinkState.Missing
                : (answer.Flags & both) == both ? LinkState.Up : LinkState.Down;
        }
    }

    /// <summary>Whether it is switched on, cable or not.</summary>
    public bool IsSwitchedOn => TryAsk(SIOCGIFFLAGS, out var answer) && (answer.Flags & IFF_UP) != 0;

    /// <summary>Whether the kernel answers ARP on it.</summary>
    public bool HasArp => TryAsk(SIOCGIFFLAGS, out var answer) && (answer.Flags & IFF_NOARP) == 0;

    /// <summary>Longest payload of a frame, or 0 when there is no such interface.</summary>
    public int Mtu => TryAsk(SIOCGIFMTU, out var answer) ? answer.Value : 0;

    /// <summary>The driver, such as "veth"; empty when it has no name.</summary>
    public string Driver
    {
        get
        {
            var info = new DriverInfo { Command = ETHTOOL_GDRVINFO };
            return TryAskEthtool(&info) ? TextOf(info.Driver, DriverInfo.NameBytes) : "";
        }
    }

    /// <summary>The features that are on, by the names that <c>ethtool -k</c> gives them with -, and whether each can be
    /// turned off. Empty where the driver does not tell.</summary>
    public IReadOnlyDictionary<string, bool> Features()
    {
        var found = new Dictionary<string, bool>();
        var info = new StringSetInfo { Command = ETHTOOL_GSSET_INFO, Sets = 1UL << (int)ETH_SS_FEATURES };
        if (!TryAskEthtool(&info) || info.Sets == 0 || info.Count is 0 or > 4096) return found;
        var count = info.Count;
        var blocks = (count + 31) / 32;
        var names = (StringSet*)NativeMemory.AllocZeroed((nuint)(sizeof(StringSet) + count * StringSet.NameBytes));
        var features = (Features*)NativeMemory.AllocZeroed((nuint)(sizeof(Features) + blocks * sizeof(FeatureBlock)));
        try
        {
            *names = new StringSet { Command = ETHTOOL_GSTRINGS, Set = ETH_SS_FEATURES, Count = count };
            *features = new Features { Command = ETHTOOL_GFEATURES, Blocks = blocks };
            if (!TryAskEthtool(names) || !TryAskEthtool(features)) return found;
            var ofBlocks = (FeatureBlock*)(features + 1);
            for (var i = 0; i < Math.Min(count, names->Count); i++)
            {
                ref readonly var block = ref ofBlocks[i / 32];
                var bit = 1u << (i % 32);
                if ((block.Active & bit) == 0) continue;
                var name = TextOf((byte*)(names + 1) + i * StringSet.NameBytes, StringSet.NameBytes);
                found[name] = (block.Available & ~block.NeverChanged & bit) != 0;
            }

            return found;
        }
        finally
        {
            NativeMemory.Free(names);
            NativeMemory.Free(features);
        }
    }

    public void Dispose() => _ = Libc.Close(_socket);

    private bool TryAsk(nuint what, out InterfaceRequest answer)
    {
        var request = _request;
        var there = Ioctl(_socket, what, &request) == 0;
        answer = request;
        return there;
    }

    private bool TryAskEthtool(void* question)
    {
        var request = _request;
        request.Data = question;
        return Ioctl(_socket, SIOCETHTOOL, &request) == 0;
    }

    private static string TextOf(byte* bytes, int most)
    {
        var text = new ReadOnlySpan<byte>(bytes, most);
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }
}
