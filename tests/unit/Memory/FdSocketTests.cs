using System.Net.Sockets;
using System.Text;
using Holdfast.NfLib.Memory;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Memory;

public sealed class FdSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private string _directory = "";
    private Socket _raw = null!;
    private FdSocket _one = null!, _other = null!;

    [SetUp]
    public void Connect()
    {
        _directory = Directory.CreateTempSubdirectory("holdfast-socket-").FullName;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint($"{_directory}/s"));
        listener.Listen(1);
        _one = FdSocket.Connect($"{_directory}/s");
        _raw = listener.Accept();
        _other = new FdSocket(_raw);
    }

    [TearDown]
    public void Close()
    {
        _one.Dispose();
        _other.Dispose();
        _raw.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [TestCase(1)]
    [TestCase(20)]
    [TestCase(FdSocket.MaxDescriptors)]
    public void Descriptors_arrive_in_order_as_other_numbers_of_the_same_files(int count)
    {
        var sent =
            Enumerable.Range(0, count).Select(_ => Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK)).ToArray();
        _one.SendLine($"here are {count}", sent);
        Assert.That(_other.ReadLine(Patience), Is.EqualTo($"here are {count}"));
        for (var i = 0; i < count; i++)
        {
            var received = _other.TakeDescriptor();
            Assert.That(received, Is.Not.EqualTo(sent[i]));
            WriteEvent(sent[i], (ulong)i + 1);
            Assert.That(ReadEvent(received), Is.EqualTo(i + 1));
            Assert.That(Syscall.fcntl(received, FcntlCommand.F_GETFD) & 1, Is.EqualTo(1),
                "close-on-exec, or every child inherits it");
            _ = Libc.Close(received);
            _ = Libc.Close(sent[i]);
        }

        Assert.That(() => _other.TakeDescriptor(), Throws.TypeOf<InvalidDataException>(), "no more than were sent");
    }

    [Test]
    public void A_memory_object_passed_over_is_the_same_memory()
    {
        using var made = MemoryObject.Create("test", ObjectKind.Ring, 1, 4096);
        _one.SendLine("ring", made.Fd);
        Assert.That(_other.ReadLine(Patience), Is.EqualTo("ring"));
        using var mapped = MemoryObject.Map(_other.TakeDescriptor(), ObjectKind.Ring, 1);
        made.Header.Count = 99;
        Assert.That(mapped.Header.Count, Is.EqualTo(99));
    }

    [Test]
    public void Lines_are_told_apart_however_the_bytes_come()
    {
        _one.SendLine("a");
        _one.SendLine("");
        _one.SendLine("ünï");
        Assert.That(new[] { _other.ReadLine(Patience), _other.ReadLine(Patience), _other.ReadLine(Patience) },
            Is.EqualTo(new[] { "a", "", "ünï" }));

        foreach (var b in Encoding.UTF8.GetBytes("slow ä\nnext"))
        {
            _raw.Send([b]);
            Thread.Yield();
        }

        Assert.That(_one.ReadLine(Patience), Is.EqualTo("slow ä"));
        Assert.That(() => _one.ReadLine(TimeSpan.FromMilliseconds(20)), Throws.TypeOf<TimeoutException>());
    }

    [Test]
    public void A_line_longer_than_a_socket_buffer_gets_through()
    {
        var line = new string('x', FdSocket.MaxLineBytes - 1);
        using var made = MemoryObject.Create("test", ObjectKind.Ring, 1, 4096);
        var sender = new Thread(() => _one.SendLine(line, made.Fd));
        sender.Start();
        Assert.That(_other.ReadLine(Patience), Is.EqualTo(line));
        Assert.That(_other.TakeDescriptor(), Is.GreaterThan(0));
        sender.Join();
    }

    [Test]
    public void A_line_without_end_is_cut_off()
    {
        var sender = new Thread(() =>
        {
            try
            {
                _one.SendLine(new string('x', FdSocket.MaxLineBytes));
            }
            catch (IOException)
            {
                // the other side hung up, as it should
            }
        });
        sender.Start();
        Assert.That(() => _other.ReadLine(Patience),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("262144"));
        _other.Dispose();
        sender.Join();
    }

    [Test]
    public void The_end_of_the_stream_is_null_and_sending_then_fails()
    {
        _one.SendLine("last");
        _one.Dispose();
        Assert.That(_other.ReadLine(Patience), Is.EqualTo("last"));
        Assert.That(_other.ReadLine(Patience), Is.Null);
        Assert.That(() => _other.SendLine("anyone?"), Throws.TypeOf<IOException>());
    }

    [Test]
    public void Descriptors_that_nobody_took_are_closed()
    {
        var eventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC);
        var before = OpenDescriptors();
        _one.SendLine("x", eventFd, eventFd, eventFd);
        Assert.That(_other.ReadLine(Patience), Is.EqualTo("x"));
        Assert.That(OpenDescriptors(), Is.EqualTo(before + 3));
        _other.Dispose();
        Assert.That(OpenDescriptors(), Is.EqualTo(before - 1), "the three, and the socket itself");
        _ = Libc.Close(eventFd);
    }

    [Test]
    public void Nobody_listening_is_an_error() =>
        Assert.That(() => FdSocket.Connect($"{_directory}/none"), Throws.InstanceOf<SocketException>());

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static unsafe void WriteEvent(int fd, ulong value) =>
        Assert.That((long)Libc.Write(fd, &value, sizeof(ulong)), Is.EqualTo(sizeof(ulong)));

    private static unsafe ulong ReadEvent(int fd)
    {
        ulong value;
        Assert.That((long)Libc.Read(fd, &value, sizeof(ulong)), Is.EqualTo(sizeof(ulong)));
        return value;
    }
}
