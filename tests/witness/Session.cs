using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Witness;

/// <summary>What came of a session.</summary>
/// <param name="Sent">Lines sent.</param>
/// <param name="Echoed">Lines that came back, in order.</param>
/// <param name="Broken">How the connection ended before its time, or what came back wrong; null when all was well.</param>
/// <param name="RoundTrips">Of every echoed line, sorted.</param>
internal sealed record SessionResult(long Sent, long Echoed, string? Broken, IReadOnlyList<TimeSpan> RoundTrips)
{
    public double Milliseconds(double quantile) =>
        RoundTrips.Count == 0 ? 0 : RoundTrips[(int)(quantile * (RoundTrips.Count - 1))].TotalMilliseconds;
}

/// <summary>
/// An interactive TCP session with an echo server: sends a short numbered line at a steady pace, as one types, without
/// waiting for the answers, and checks that every one comes back once and in order.
/// </summary>
internal sealed class Session(Socket socket, GapLog gaps, TimeProvider clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10), Patience = TimeSpan.FromSeconds(5);

    private readonly List<TimeSpan> _roundTrips = [];
    private long _sent;
    private string? _broken;

    /// <summary>Runs until <paramref name="stop"/> or until it breaks; then waits five seconds for what is on its way.</summary>
    public SessionResult Run(CancellationToken stop)
    {
        socket.NoDelay = true;
        var reader = new Thread(Read);
        reader.Start();
        try
        {
            while (!stop.IsCancellationRequested && reader.IsAlive)
            {
                socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_sent} {clock.GetTimestamp()}\n")));
                Interlocked.Increment(ref _sent);
                Thread.Sleep(Pace);
            }

            // The echo server ends when it has read our end, and has echoed everything before.
            if (reader.IsAlive) socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException error)
        {
            _broken ??= $"sending line {_sent}: {error.Message}";
        }

        if (!reader.Join(Patience))
        {
            _broken ??= $"no end {Patience.TotalSeconds:F0} s after the last line";
            socket.Close();
            reader.Join();
        }

        if (_broken is null && _roundTrips.Count != _sent)
            _broken = stop.IsCancellationRequested ? $"{_sent - _roundTrips.Count} lines did not come back" : "closed by the server";
        _roundTrips.Sort();
        return new SessionResult(_sent, _roundTrips.Count, _broken, _roundTrips);
    }

    private void Read()
    {
        try
        {
            using var lines = new StreamReader(new NetworkStream(socket), Encoding.ASCII);
            while (lines.ReadLine() is { } line)
            {
                var fields = line.Split(' ');
                if (fields.Length != 2 || !long.TryParse(fields[0], out var number) || number != _roundTrips.Count
                    || !long.TryParse(fields[1], out var time))
                {
                    _broken = $"instead of line {_roundTrips.Count} came '{line}'";
                    return;
                }

                gaps.Heard();
                _roundTrips.Add(clock.GetElapsedTime(time));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            _broken ??= $"waiting for line {_roundTrips.Count}: {error.Message}";
        }
    }
}
