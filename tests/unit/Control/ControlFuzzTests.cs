using System.Net.Sockets;
using System.Text;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Control;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Control;

/// <summary>Whatever is said on the control socket costs its sender the connection, and nobody else anything: no crash, no
/// thread, no descriptor (invariant 8).</summary>
public sealed class ControlFuzzTests
{
    private const int Messages = 10_000, Talkers = 4;

    private string _path = "";
    private ControlServer _server = null!;
    private readonly Node _node = new();

    [SetUp]
    public void Listen()
    {
        _path = Path.Combine(Path.GetTempPath(), $"hf-{Guid.NewGuid():N}.sock");
        _server = new ControlServer(_path, _node);
    }

    [TearDown]
    public void Close() => _server.Dispose();

    [Test]
    public void Garbage_and_sudden_ends_leave_nothing_behind()
    {
        Talk(seed: 1000, messages: 50); // whatever is made once is made now
        var before = Held();
        var threads = Enumerable.Range(0, Talkers).Select(seed => new Thread(() => Talk(seed, Messages / Talkers))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.That(Answers(), Is.True, "it still answers");
        Assert.That(Held, Is.LessThanOrEqualTo(before + 8).After(15_000, 100), "descriptors and threads");
        Assert.That(_node.Asked, Is.Positive, "some of it was understood");
    }

    [Test]
    public void Descriptors_that_nobody_asked_for_are_closed()
    {
        var before = Held();
        using (var null_ = File.OpenHandle("/dev/null"))
        using (var socket = FdSocket.Connect(_path))
        {
            var fd = (int)null_.DangerousGetHandle();
            int[] many = [.. Enumerable.Repeat(fd, FdSocket.MaxDescriptors)];
            for (var i = 0; i < 50; i++) socket.SendLine("{\"command\":\"status\"}", many);
            for (var i = 0; i < 50; i++) Assert.That(socket.ReadLine(TimeSpan.FromSeconds(10)), Is.Not.Null);
            Assert.That(Held() - before, Is.LessThan(2 * FdSocket.MaxDescriptors), "of 3,200");
        }

        Assert.That(Held, Is.LessThanOrEqualTo(before + 4).After(10_000, 50));
    }

    private void Talk(int seed, int messages)
    {
        var random = new Random(seed);
        for (var said = 0; said < messages;)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(_path));
                socket.SendTimeout = socket.ReceiveTimeout = 10_000;
                for (var more = random.Next(1, 6); more > 0; more--, said++)
                {
                    var bytes = Message(random);
                    socket.Send(bytes);
                    if (random.Next(4) == 0 && bytes[^1] == '\n') socket.Receive(new byte[512]);
                    else if (random.Next(6) == 0) break; // in the middle of something, perhaps
                }

                if (random.Next(3) == 0) socket.LingerState = new LingerOption(true, 0);
                if (random.Next(4) == 0) socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                said++; // it was cut off, as it deserved
            }
        }
    }

    private static byte[] Message(Random random)
    {
        string[] words =
        [
            "{\"command\":\"status\"}", "{\"command\":\"continue\"}", "{\"command\":null}", "{}", "[]", "null", "1e999", "\"\\ud800\"",
            "{\"Function\":\"nat\",\"ProcessId\":1,\"Version\":2}", "{\"Function\":null}", "{\"Function\":[],\"Version\":{}}", "{\"Function\":\"nat\"}",
            "{\"Function\":\"nat\",\"Version\":99999999999999999999}", "{\"command\":\"status\",\"command\":\"status\"}",
            "{\"command\":\"save-state\",\"directory\":\"\\u0000\"}", "{\"command\":\"status\",\"more\":1}", new string('[', 2000),
            new string('{', 100), "{\"command\":\"" + new string('a', 3000) + "\"}", "\u0000\u0001", "",
        ];
        var text = Encoding.UTF8.GetBytes(words[random.Next(words.Length)] + "\n");
        switch (random.Next(5))
        {
            case 0:
                for (var i = random.Next(1, 5); i > 0; i--) text[random.Next(text.Length)] = (byte)random.Next(256);
                return text;
            case 1:
                var noise = new byte[random.Next(1, 2000)];
                random.NextBytes(noise);
                return noise;
            case 2 when random.Next(50) == 0:
                return [.. Enumerable.Repeat((byte)'x', FdSocket.MaxLineBytes + 10)];
            case 3 when random.Next(2) == 0:
                return text[..random.Next(1, text.Length)];
            default:
                return text;
        }
    }

    private bool Answers() => ControlClient.Ask(_path, new ControlRequest("status")).Error == "asked";

    private static int Held()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return Directory.GetFiles("/proc/self/fd").Length + process.Threads.Count;
    }

    private sealed class Node : IControlled
    {
        private int _asked;

        public int Asked => _asked;

        public bool TryAttach(FdSocket socket, NfHello hello, int processId) => false;

        public bool IsFunction(int processId) => false;

        public ControlAnswer Answer(ControlRequest request)
        {
            Interlocked.Increment(ref _asked);
            return new ControlAnswer("asked");
        }
    }
}
