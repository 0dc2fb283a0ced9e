using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Witness;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Witness;

/// <summary>A session notices everything that a connection must not do.</summary>
public sealed class SessionTests
{
    [Test]
    public void An_echo_in_order_is_a_whole_session()
    {
        var (result, _) = Run(line => [line], TimeSpan.FromSeconds(0.3));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Broken, Is.Null);
            Assert.That(result.Echoed, Is.EqualTo(result.Sent).And.GreaterThan(3));
            Assert.That(result.RoundTrips, Is.Ordered);
        }
    }

    [Test]
    public void A_silence_is_measured()
    {
        var (result, gaps) = Run(
            line =>
            {
                if (line.StartsWith("5 ", StringComparison.Ordinal)) Thread.Sleep(400);
                return [line];
            },
            TimeSpan.FromSeconds(1));
        Assert.That(result.Broken, Is.Null);
        Assert.That(gaps.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line.Split(' ')[1])).Max(),
            Is.InRange(400, 900));
    }

    [TestCase("lost", "instead of line 5")]
    [TestCase("twice", "instead of line 6")]
    [TestCase("changed", "instead of line 5")]
    [TestCase("closed", "closed by the server")]
    [TestCase("reset", "line")]
    public void What_is_not_an_echo_breaks_it(string how, string said)
    {
        var (result, _) = Run(
            line => !line.StartsWith("5 ", StringComparison.Ordinal) ? [line] : how switch
            {
                "lost" => [],
                "twice" => [line, line],
                "changed" => ["x" + line],
                "closed" => null,
                _ => throw new IOException("reset"),
            },
            TimeSpan.FromSeconds(5));
        Assert.That(result.Broken, Does.Contain(said));
    }

    /// <param name="answer">What comes back for a line; null closes the connection, an exception resets it.</param>
    private static (SessionResult Result, string Gaps) Run(Func<string, string[]?> answer, TimeSpan duration)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var server = new Thread(() => Serve(listener, answer));
        server.Start();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndpoint);
        using var stop = new CancellationTokenSource(duration);
        var written = new StringWriter();
        SessionResult result;
        using (var gaps = new GapLog(written, TimeProvider.System, TimeSpan.FromMilliseconds(20)))
            result = new Session(socket, gaps, TimeProvider.System).Run(stop.Token);
        socket.Dispose();
        server.Join();
        return (result, written.ToString());
    }

    private static void Serve(TcpListener listener, Func<string, string[]?> answer)
    {
        using var client = listener.AcceptTcpClient();
        using var stream = client.GetStream();
        try
        {
            using var lines = new StreamReader(stream, leaveOpen: true);
            while (lines.ReadLine() is { } line)
            {
                if (answer(line) is not { } echoes) return;
                foreach (var echo in echoes) stream.Write(Encoding.ASCII.GetBytes(echo + "\n"));
            }
        }
        catch (IOException)
        {
            client.Client.Close(0);
        }
    }
}
