using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Control;

/// <summary>Asks a running nfmgr.</summary>
internal static class ControlClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>An NF's new process is waited for.</summary>
    private static readonly TimeSpan RestartPatience = TimeSpan.FromSeconds(60);

    /// <exception cref="IOException">No nfmgr answers there.</exception>
    public static ControlAnswer Ask(string socketPath, ControlRequest request)
    {
        try
        {
            using var socket = FdSocket.Connect(socketPath);
            socket.SendLine(JsonSerializer.Serialize(request, ControlJson.Default.ControlRequest));
            var line = socket.ReadLine(request.Command == "nf-restart" ? RestartPatience : Patience) ?? throw new IOException($"control socket {socketPath}: nfmgr hung up");
            return JsonSerializer.Deserialize(line, ControlJson.Default.ControlAnswer)
                   ?? throw new IOException($"control socket {socketPath}: an empty answer");
        }
        catch (Exception error) when (error is SocketException or TimeoutException or JsonException)
        {
            throw new IOException($"control socket {socketPath}: {error.Message}; is nfmgr running, and may you reach it?", error);
        }
    }
}
