using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Mischief;

/// <summary>The ways in which NFs go wrong.</summary>
internal static partial class Acts
{
    /// <summary>Time enough to say when it will be, in nanoseconds.</summary>
    private const long Notice = 30_000_000;

    /// <summary>Goes wrong in the named way; "timed-…" tells the time of it before.</summary>
    public static void Do(string act)
    {
        if (act.StartsWith("timed-", StringComparison.Ordinal))
        {
            var at = Stopwatch.GetTimestamp() + Notice;
            Console.Error.WriteLine($"mischief at {at} ns");
            while (Stopwatch.GetTimestamp() < at)
            {
            }

            act = act["timed-".Length..];
        }

        switch (act)
        {
            case "throw": throw new InvalidOperationException("mischief");
            case "crash": Memset(0, 1, 1); break;
            case "overflow": Overflow(1); break;
            case "loop": while (true) { }
            case "sleep": Thread.Sleep(Timeout.Infinite); break;
            case "failfast": Environment.FailFast("mischief"); break;
            case "exit": Environment.Exit(3); break;
            case "scribble": Scribble(); Thread.Sleep(50); break; // the commit mends it
            case "hang-up": foreach (var socket in Sockets()) _ = Close(socket); break;
            case "chatter": foreach (var socket in Sockets()) _ = Send(socket, "{}\n", 3, 0); break;
            default: throw new ArgumentException($"there is no act '{act}'");
        }
    }

    /// <summary>Writes an impossible index into every ring that this process has.</summary>
    private static unsafe void Scribble()
    {
        const int TailOffset = 128;
        foreach (var line in File.ReadAllLines("/proc/self/maps").Where(l => l.Contains("rw-s", StringComparison.Ordinal) && l.Contains("/memfd:to-", StringComparison.Ordinal)))
        {
            // Safe: begins in a mapping of a ring, which is larger.
            var start = (byte*)Convert.ToInt64(line[..line.IndexOf('-', StringComparison.Ordinal)], 16);
            *(ulong*)(start + TailOffset) = 0x0123_4567_89AB_CDEF;
        }
    }

    private static int Overflow(int depth) => depth == int.MaxValue ? 0 : Overflow(depth + 1) + Overflow(depth + 2);

    private static IEnumerable<int> Sockets() =>
        Directory.GetFiles("/proc/self/fd").Where(fd => File.ResolveLinkTarget(fd, false)?.Name.StartsWith("socket:", StringComparison.Ordinal) == true)
            .Select(fd => int.Parse(Path.GetFileName(fd)));

    [LibraryImport("libc", EntryPoint = "memset")]
    private static partial nint Memset(nint at, int value, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "send", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Send(int fd, string text, nint length, int flags);
}
