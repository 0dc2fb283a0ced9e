using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Control;

/// <summary>What the control socket's users ask for.</summary>
internal interface IControlled
{
    /// <summary>Attaches an NF process; false when it is not one that was started here.</summary>
    bool TryAttach(FdSocket socket, NfHello hello, int processId);

    /// <summary>Whether this is the process of an NF; those may ask nothing.</summary>
    bool IsFunction(int processId);

    ControlAnswer Answer(ControlRequest request);
}

/// <summary>
/// The daemon's unix socket: NFs attach here and the command line asks here. What arrives is checked before anything is
/// done with it; a wrong line gets an error and costs its sender the connection, nobody else anything.
/// </summary>
internal sealed class ControlServer : IDisposable
{
    private const int MaxConnections = 64;
    private const int SOL_SOCKET = 1, SO_PEERCRED = 17;

    /// <summary>For a line. Long, as an NF that starts on a busy machine can be without a core between connecting and its greeting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly string _path;
    private readonly IControlled _controlled;
    private volatile bool _stopped;
    private int _connections;

    /// <exception cref="IOException">The socket can't be made, or another nfmgr answers on it.</exception>
    public ControlServer(string path, IControlled controlled)
    {
        _path = path;
        _controlled = controlled;
        if (File.Exists(path))
        {
            if (Answers(path)) throw new IOException($"control socket {path}: another nfmgr answers on it; stop it first");
            File.Delete(path); // left by one that was killed
        }

        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _socket.Listen(16);
        new Thread(Accept) { IsBackground = true, Name = "control" }.Start();
    }

    public void Dispose()
    {
        _stopped = true;
        _socket.Dispose();
        File.Delete(_path);
    }

    private static bool Answers(string path)
    {
        try
        {
            FdSocket.Connect(path).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Accept()
    {
        while (true)
        {
            Socket accepted;
            try
            {
                accepted = _socket.Accept();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_stopped) return;
                Thread.Sleep(10); // out of descriptors for now, or a caller who left at once
                continue;
            }

            if (Interlocked.Increment(ref _connections) > MaxConnections)
            {
                Interlocked.Decrement(ref _connections);
                accepted.Dispose();
                continue;
            }

            new Thread(() => Serve(accepted)) { IsBackground = true, Name = "control connection" }.Start();
        }
    }

    private void Serve(Socket accepted)
    {
        var processId = ProcessIdOf(accepted);
        var socket = new FdSocket(accepted);
        var kept = false;
        try
        {
            while (!kept && socket.ReadLine(Patience) is { } line) kept = Handle(socket, line, processId);
        }
        catch (Exception error) when (error is IOException or TimeoutException or InvalidDataException or SocketException
                                          or ObjectDisposedException)
        {
            // It hung up, said nothing, or too much, or what it belonged to has ended: its connection ends, nothing else does.
        }
        finally
        {
            if (!kept) socket.Dispose();
            Interlocked.Decrement(ref _connections);
        }
    }

    private bool Handle(FdSocket socket, string line, int processId)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("Function", out _))
            {
                var hello = JsonSerializer.Deserialize(line, AttachJson.Default.NfHello)!;
                if (_controlled.TryAttach(socket, hello, processId)) return true;
                throw new InvalidDataException($"process {processId} is not an NF that was started here");
            }

            if (_controlled.IsFunction(processId)) throw new InvalidDataException($"process {processId} is an NF's");
            var request = JsonSerializer.Deserialize(line, ControlJson.Default.ControlRequest)
                          ?? throw new InvalidDataException("an empty request");
            Send(socket, _controlled.Answer(request));
            return false;
        }
        catch (JsonException error)
        {
            Send(socket, new ControlAnswer($"the request is not understood: {error.Message}"));
            throw new InvalidDataException(error.Message);
        }
    }

    private static void Send(FdSocket socket, ControlAnswer answer) =>
        socket.SendLine(JsonSerializer.Serialize(answer, ControlJson.Default.ControlAnswer));

    /// <summary>Who is at the other end, by the kernel's word.</summary>
    private static int ProcessIdOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[12];
        return socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials) >= 4 ? BitConverter.ToInt32(credentials) : -1;
    }
}
