using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Wire;

/// <summary>What a node says when it plugs a port in.</summary>
public sealed record WireHello(string Node, string Port, int ProcessId)
{
    private const int MaxNameLength = 64;

    internal string ToLine() => JsonSerializer.Serialize(this, WireJson.Default.WireHello);

    internal static WireHello Parse(string line)
    {
        try
        {
            // The names become part of a memory object's name, which the kernel bounds.
            return JsonSerializer.Deserialize(line, WireJson.Default.WireHello) is
            { Node.Length: > 0 and <= MaxNameLength, Port.Length: > 0 and <= MaxNameLength } hello
                ? hello
                : throw new InvalidDataException($"wire: a greeting without names of 1 to {MaxNameLength} characters");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"wire: the greeting is not understood: {error.Message}");
        }
    }
}

[JsonSerializable(typeof(WireHello))]
internal sealed partial class WireJson : JsonSerializerContext;

/// <summary>A plugged wire, as the far end sees it.</summary>
/// <param name="Hello">Who plugged it.</param>
/// <param name="End">The wire.</param>
/// <param name="Socket">Becomes readable (end of stream) when the node is gone; the wire's memory stays.</param>
public sealed record PluggedWire(WireHello Hello, WireFarEnd End, FdSocket Socket) : IDisposable
{
    internal int NodeEventFd { get; init; } = -1;

    /// <summary>Unplugs: frees the wire's memory and the descriptors that came with it.</summary>
    public void Dispose()
    {
        End.Dispose();
        Socket.Dispose();
        if (NodeEventFd >= 0) _ = Libc.Close(NodeEventFd);
    }
}

/// <summary>
/// The far end's socket. A node that starts plugs its wire ports in here, each time anew, and gets fresh memory that
/// this side keeps when the node dies.
/// </summary>
public sealed class WireListener : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly Socket _socket;
    private readonly string _path;
    private readonly int _farEventFd;

    /// <param name="path">Path of the unix socket; a stale one is replaced.</param>
    public WireListener(string path)
    {
        _path = path;
        File.Delete(path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen(16);
        _farEventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
    }

    /// <summary>Polls readable when a node wants to plug in.</summary>
    public int Fd => (int)_socket.Handle;

    /// <summary>Polls readable when a node that found this end asleep has work for it.</summary>
    public int EventFd => _farEventFd;

    /// <summary>Plugs in the node that waits; null when none does or it went away again.</summary>
    public PluggedWire? TryAccept()
    {
        if (!_socket.Poll(0, SelectMode.SelectRead)) return null;
        var socket = new FdSocket(_socket.Accept());
        var nodeEventFd = -1;
        MemoryObject? memory = null;
        try
        {
            if (socket.ReadLine(Patience) is not { } line) throw new InvalidDataException("wire: no greeting");
            var hello = WireHello.Parse(line);
            nodeEventFd = socket.TakeDescriptor();
            memory = WireLayout.Create($"wire-{hello.Node}-{hello.Port}");
            socket.SendLine("{\"wire\":1}", memory.Fd, _farEventFd);
            return new PluggedWire(hello, new WireFarEnd(memory, nodeEventFd, _farEventFd), socket)
            {
                NodeEventFd = nodeEventFd,
            };
        }
        catch (Exception error) when (error is InvalidDataException or TimeoutException or IOException)
        {
            socket.Dispose();
            memory?.Dispose();
            if (nodeEventFd >= 0) _ = Libc.Close(nodeEventFd);
            return null;
        }
    }

    /// <summary>Makes <see cref="EventFd"/> readable, from any thread of this end.</summary>
    public unsafe void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(_farEventFd, &one, sizeof(ulong)); // safe: a local of the size that eventfd reads
    }

    /// <summary>Empties the event descriptor after a wake-up.</summary>
    public unsafe void Drain()
    {
        ulong drained;
        _ = Libc.Read(_farEventFd, &drained, sizeof(ulong)); // safe: a local of the size that eventfd writes
    }

    public void Dispose()
    {
        _socket.Dispose();
        File.Delete(_path);
        _ = Libc.Close(_farEventFd);
    }
}

/// <summary>How a node plugs one of its ports in.</summary>
public static class WirePlug
{
    /// <param name="path">The far end's socket.</param>
    /// <param name="hello">Who plugs what in.</param>
    /// <param name="nodeEventFd">Wakes this node.</param>
    /// <param name="socket">Stays open as long as the port lives.</param>
    /// <exception cref="IOException">Nobody listens there, or it does not answer.</exception>
    public static WireNodeEnd Connect(string path, WireHello hello, int nodeEventFd, out FdSocket socket)
    {
        FdSocket connected;
        try
        {
            connected = FdSocket.Connect(path);
        }
        catch (SocketException error)
        {
            throw new IOException($"wire {path}: {error.Message}; start the program at the far end first", error);
        }

        try
        {
            connected.SendLine(hello.ToLine(), nodeEventFd);
            if (connected.ReadLine(TimeSpan.FromSeconds(2)) is null)
                throw new InvalidDataException("the far end hung up");
            var memory = MemoryObject.Map(connected.TakeDescriptor(), ObjectKind.Wire, WireLayout.Version);
            try
            {
                socket = connected;
                return new WireNodeEnd(memory, nodeEventFd, connected.TakeDescriptor());
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is InvalidDataException or TimeoutException or IOException
                                          or MemoryObjectException)
        {
            connected.Dispose();
            throw new IOException($"wire {path}: {error.Message}", error);
        }
    }
}
