using System.Net;
using System.Net.Sockets;

namespace Holdfast.Evaluation.Peers;

/// <summary>The second process of a bare TCP round trip: says its port, and sends back what it gets until that ends.</summary>
internal static class EchoServer
{
    public static int Run()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        using var socket = listener.AcceptSocket();
        socket.NoDelay = true;
        var message = new byte[4096];
        while (socket.Receive(message) is > 0 and var length) socket.Send(message.AsSpan(0, length));
        return 0;
    }
}
