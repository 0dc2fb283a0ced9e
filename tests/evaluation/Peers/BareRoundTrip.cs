using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Holdfast.Evaluation.Measuring;

namespace Holdfast.Evaluation.Peers;

/// <summary>What TCP alone takes between two processes of this machine: 64 bytes there and back, one after the other.</summary>
internal sealed class BareRoundTrip : IDisposable
{
    private const int MessageBytes = 64;

    private readonly Process _echo;
    private readonly Socket _socket;
    private readonly byte[] _message = new byte[MessageBytes];

    public BareRoundTrip()
    {
        _echo = Tool.Start(Environment.ProcessPath!, "echo");
        var port = int.Parse(_echo.StandardOutput.ReadLine() ?? throw new IOException("the echo process ended before it listened"), CultureInfo.InvariantCulture);
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <param name="warmUpSeconds">Thrown away.</param>
    /// <param name="seconds">For how long.</param>
    public Latencies Measure(double warmUpSeconds, double seconds)
    {
        PingPong(warmUpSeconds);
        return PingPong(seconds);
    }

    public void Dispose()
    {
        _socket.Dispose(); // which ends the other one
        _echo.WaitForExit();
        _echo.Dispose();
    }

    private Latencies PingPong(double seconds)
    {
        var latencies = new Latencies();
        var end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        for (var began = Stopwatch.GetTimestamp(); began < end;)
        {
            _socket.Send(_message);
            for (var received = 0; received < MessageBytes;) received += _socket.Receive(_message.AsSpan(received));
            var now = Stopwatch.GetTimestamp();
            latencies.Add((long)((now - began) * (1e9 / Stopwatch.Frequency)), 1);
            began = now;
        }

        return latencies;
    }
}
