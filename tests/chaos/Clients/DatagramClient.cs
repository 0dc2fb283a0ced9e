using System.Net;
using System.Net.Sockets;
using Holdfast.Chaos.Networks;

namespace Holdfast.Chaos.Clients;

/// <summary>Numbered datagrams from the client to the server and back: both ends check what arrives.</summary>
internal sealed class DatagramClient : IDisposable
{
    private const int Port = 9001;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly Incidents _incidents;
    private readonly Socket _near, _far;
    private readonly DatagramCheck _there = new(), _back = new();
    private readonly Thread[] _threads;
    private readonly DateTime _began = DateTime.UtcNow;
    private ulong _sent;
    private volatile bool _stop;

    public DatagramClient(ClientNetwork network, Incidents incidents)
    {
        _incidents = incidents;
        _near = network.Client.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _far = network.Server.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _near.Bind(new IPEndPoint(IPAddress.Any, Port));
        _far.Bind(new IPEndPoint(IPAddress.Any, Port));
        // Threads that end wake up by themselves.
        _near.ReceiveTimeout = _far.ReceiveTimeout = 100;
        _threads = [new(Send), new(Echo), new(Receive)];
        Silence.Begin(this);
        foreach (var thread in _threads)
        {
            thread.IsBackground = true;
            thread.Start();
        }
    }

    public string Name => "udp";

    public SilenceWatch Silence { get; } = new();

    public ulong Sent => Interlocked.Read(ref _sent);

    public long Received => _back.Good;

    public long Late => _there.Late + _back.Late;

    public void Dispose()
    {
        _stop = true;
        foreach (var thread in _threads) thread.Join();
        _near.Dispose();
        _far.Dispose();
    }

    private void Send()
    {
        var to = new IPEndPoint(IPAddress.Parse(ClientNetwork.ServerAddress), Port);
        var datagram = new byte[DatagramCheck.Bytes];
        while (!_stop)
        {
            DatagramCheck.Write(datagram, Interlocked.Increment(ref _sent));
            try
            {
                _near.SendTo(datagram, to);
            }
            catch (SocketException)
            {
                // The gateway is not to be found at the moment: as good as lost.
            }

            Thread.Sleep(Pace);
        }
    }

    private void Echo() => Take(_far, _there, "to the server", (datagram, from) => _far.SendTo(datagram, from));

    private void Receive() => Take(_near, _back, "back from the server", (_, _) => Silence.Heard(this));

    private void Take(Socket socket, DatagramCheck check, string way, Action<byte[], EndPoint> taken)
    {
        var buffer = new byte[2048];
        while (!_stop)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            try
            {
                var count = socket.ReceiveFrom(buffer, ref from);
                if (check.Take(buffer.AsSpan(0, count), Sent) is { } wrong) _incidents.Add(new Incident(Name, $"{wrong}, {way}", _began, IsBreak: false));
                else taken(buffer[..count], from);
            }
            catch (SocketException)
            {
                // Nothing came for a while, or an ICMP error of an earlier datagram.
            }
        }
    }
}
