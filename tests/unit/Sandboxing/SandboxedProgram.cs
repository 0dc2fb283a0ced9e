using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.NfLib.Host.Sandboxing;
using Holdfast.NfLib.Memory;

namespace Holdfast.Tests.Unit.Sandboxing;

/// <summary>As a program: enters the sandbox and then does whatever the test asks for, one line each.</summary>
internal static unsafe partial class SandboxedProgram
{
    // Safe: the kernel checks what it is given; Buffer and the strings stay for the process's life.
    public const string Mode = "sandboxed";

    private static readonly byte* Buffer = (byte*)NativeMemory.AllocZeroed(4096);

    public static int Run(string path)
    {
        using var socket = FdSocket.Connect(path);
        var others = new Thread(static () => Thread.Sleep(Timeout.Infinite)) { IsBackground = true };
        others.Start(); // one more than the runtime has
        while (socket.ReadLine(Timeout.InfiniteTimeSpan) is { } line) socket.SendLine(Answer(line.Split(' ')));
        return 0;
    }

    private static string Answer(string[] request)
    {
        try
        {
            return request switch
            {
                ["enter", var parent] => Enter(int.Parse(parent, CultureInfo.InvariantCulture)),
                ["call", .. var words] => Call(words),
                ["read", .. var words] => Call(words) == "0" ? $"{*(int*)Buffer}" : "refused",
                ["work"] => Work(),
                ["old-door"] => OldDoor(),
                _ => "?",
            };
        }
        catch (Exception error)
        {
            return error.Message;
        }
    }

    private static string Enter(int parent)
    {
        Sandbox.Enter(parent);
        return "entered";
    }

    /// <summary>A system call: its number and arguments; "b" is a buffer, "s:…" a text. The answer is 0, -errno, or what
    /// the call returned.</summary>
    private static string Call(string[] words)
    {
        var a = new nint[7];
        for (var i = 0; i < words.Length; i++)
        {
            a[i] = words[i] switch
            {
                "b" => (nint)Buffer,
                ['s', ':', .. var text] => (nint)NativeText(text),
                var number => nint.Parse(number, CultureInfo.InvariantCulture),
            };
        }

        var result = Syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
        if (result == 0 && words[0] is "57" or "58") Environment.Exit(0); // a child that must not have been
        return $"{(result < 0 ? -Marshal.GetLastPInvokeError() : result)}";
    }

    private static byte* NativeText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    /// <summary>What a runtime must still be able to do.</summary>
    private static string Work()
    {
        var before = GC.CollectionCount(2);
        var kept = new List<byte[]>();
        for (var i = 0; GC.CollectionCount(2) < before + 2; i++)
        {
            kept.Add(new byte[100_000]);
            if (i % 2000 == 1999) kept.Clear();
        }

        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var sum = 0;
        var threads = Enumerable.Range(0, 4).Select(n => new Thread(() => Interlocked.Add(ref sum, Generic(n)))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        try
        {
            throw new InvalidOperationException("thrown");
        }
        catch (Exception error) when (error.Message == "thrown")
        {
            sum += 1000;
        }

        // Tiering compiles in the background; assemblies load late.
        for (var i = 0; i < 200_000; i++) sum += Hot(i);
        Thread.Sleep(300);
        for (var i = 0; i < 200_000; i++) sum += Hot(i);
        var late = Assembly.Load("System.Private.Xml").GetType("System.Xml.XmlDocument") is not null;
        Console.Error.Write("");
        return late && sum > 0 && File.ReadAllText("/proc/self/stat").Length > 0 ? "works" : "does not work";
    }

    private static int Generic(int n) => new Dictionary<(int, DateTime, string), Half> { [(n, default, "x")] = (Half)n }.Count;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Hot(int i) => i & 1;

    /// <summary>getpid by int 0x80, where number 20 is something else than in the table.</summary>
    private static string OldDoor()
    {
        const int Executable = 7, PrivateAnonymous = 0x22;
        ReadOnlySpan<byte> code = [0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]; // mov eax, 20; int 0x80; ret
        var page = (byte*)Syscall(9, 0, 4096, Executable, PrivateAnonymous, -1, 0);
        code.CopyTo(new Span<byte>(page, code.Length));
        return $"came back with {((delegate* unmanaged<int>)page)()}";
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
