using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Holdfast.Chaos.Networks;

namespace Holdfast.Chaos.Clients;

/// <summary>
/// Serves streams: a client says seed, length and bytes a second, eight bytes each, and gets the pattern at that pace, then
/// its SHA-256.
/// </summary>
internal sealed class StreamServer : IDisposable
{
    public const int Port = 9000, QuestionBytes = 24;

    private const int PieceBytes = 16 * 1024;

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();

    public StreamServer(NetworkNamespace place)
    {
        _listener = place.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        _listener.Bind(new IPEndPoint(IPAddress.Any, Port));
        _listener.Listen(256);
        _ = Accept();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The end of the session.
        }
    }

    private async Task Serve(Socket client)
    {
        using var _ = client;
        try
        {
            var question = new byte[QuestionBytes];
            await using var stream = new NetworkStream(client);
            await stream.ReadExactlyAsync(question, _stop.Token);
            var seed = BinaryPrimitives.ReadUInt64LittleEndian(question);
            var length = BinaryPrimitives.ReadInt64LittleEndian(question.AsSpan(8));
            var pace = BinaryPrimitives.ReadInt64LittleEndian(question.AsSpan(16));
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var piece = new byte[PieceBytes];
            for (long at = 0; at < length;)
            {
                var count = (int)Math.Min(piece.Length, length - at);
                Pattern.Fill(piece.AsSpan(0, count), seed, at);
                hash.AppendData(piece.AsSpan(0, count));
                await stream.WriteAsync(piece.AsMemory(0, count), _stop.Token);
                at += count;
                if (at < length) await Task.Delay(TimeSpan.FromSeconds((double)count / pace), _stop.Token);
            }

            await stream.WriteAsync(hash.GetHashAndReset(), _stop.Token);
            client.Shutdown(SocketShutdown.Send);
            while (await stream.ReadAsync(question, _stop.Token) > 0) { }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException or IOException)
        {
            // The client sees it too, and tells.
        }
    }
}
