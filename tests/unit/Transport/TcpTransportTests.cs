using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Holdfast.NfLib.Memory;
using Holdfast.Replicator.Transport;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Transport;

public sealed class TcpTransportTests
{
    private int _eventFd;

    [SetUp]
    public void MakeEvent() => _eventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);

    [TearDown]
    public void CloseEvent() => _ = Libc.Close(_eventFd);

    [Test]
    public void A_dial_that_nobody_answers_is_given_up_and_made_anew()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen(0);
        var target = (IPEndPoint)silent.LocalEndPoint!;
        using var own = TcpTransport.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var transport = new TcpTransport(own, target, _eventFd);

        // With its queue full, the kernel drops what else comes: as silent as a host that is off.
        var fillers = new List<Socket>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                fillers.Add(filler);
                try
                {
                    filler.Connect(target);
                }
                catch (SocketException)
                {
                    // Not yet: it does not wait.
                }
            }

            transport.Dial();
            Assert.That(transport.PollDial(out _), Is.EqualTo(DialOutcome.Pending));
            var watch = Stopwatch.StartNew();
            DialOutcome outcome;
            while ((outcome = transport.PollDial(out _)) == DialOutcome.Pending && watch.Elapsed < TimeSpan.FromSeconds(5))
                transport.Wait(10_000_000);
            Assert.That(outcome, Is.EqualTo(DialOutcome.Failed));
        }
        finally
        {
            fillers.ForEach(f => f.Dispose());
        }
    }

    [Test]
    public void A_dial_to_where_nobody_listens_is_refused()
    {
        using var gone = TcpTransport.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var target = (IPEndPoint)gone.LocalEndPoint!;
        gone.Dispose();
        using var own = TcpTransport.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var transport = new TcpTransport(own, target, _eventFd);
        transport.Dial();
        DialOutcome outcome;
        while ((outcome = transport.PollDial(out _)) == DialOutcome.Pending) transport.Wait(1_000_000);
        Assert.That(outcome, Is.EqualTo(DialOutcome.Refused));
    }

    [Test]
    public void Of_a_killed_process_the_listener_ends_first_and_then_the_connections()
    {
        using var listener = TcpTransport.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (var transport = new TcpTransport(listener, new IPEndPoint(IPAddress.Loopback, 9), _eventFd))
        {
            client.Connect((IPEndPoint)listener.LocalEndPoint!);
            transport.Wait(1_000_000_000);
            Assert.That(transport.TryAccept(), Is.Not.Null);
            // The kernel releases them by falling numbers.
            var connection = Sockets(512).Except(Sockets(768)).ToArray();
            Assert.That(Sockets(768), Is.EqualTo(new[] { LinkOf((int)listener.Handle) }));
            Assert.That(connection, Has.Length.EqualTo(1).And.Not.Contains(LinkOf((int)listener.Handle)));
        }

        Assert.That(Sockets(512), Is.Empty, "nothing is left open");
    }

    /// <summary>What this process's descriptors from a number on lead to.</summary>
    private static string[] Sockets(int from) =>
        [.. Directory.GetFileSystemEntries("/proc/self/fd").Select(Path.GetFileName).Select(n => int.Parse(n!, CultureInfo.InvariantCulture))
            .Where(fd => fd >= from).Select(LinkOf).Where(link => link.StartsWith("socket:", StringComparison.Ordinal))];

    private static string LinkOf(int fd) => new FileInfo($"/proc/self/fd/{fd}").LinkTarget ?? "";
}
