using System.Globalization;
using System.Runtime;
using System.Text.Json;
using Holdfast.Chains.Monitor;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Hosting;

/// <summary>A fresh process warms the monitor up, and then has nothing left to compile.</summary>
public sealed class WarmUpTests
{
    public const string Mode = "warm-up";

    private const int Frames = 3_000;

    /// <summary>Without the settling some 400 methods are compiled after it. The harness has a few of its own.</summary>
    [Test]
    [Retry(3)] // the compiler's thread may get no processor for longer than the warm-up waits for it
    public void Afterwards_nothing_is_left_to_compile()
    {
        using var process = ConnectedProcess.Start(Mode);
        process.Socket.SendLine("go");
        var answer = process.Socket.ReadLine(ConnectedProcess.Patience)!.Split(' ').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToList();
        TestContext.Out.WriteLine($"{answer[0]} methods compiled in {answer[1]} ms of warming up, {answer[2]} afterwards");
        Assert.That(answer[2], Is.LessThan(60));
        Assert.That(process.WaitForExit(), Is.Zero);
    }

    /// <summary>The second process.</summary>
    public static int Run(string path)
    {
        using var socket = FdSocket.Connect(path);
        if (socket.ReadLine(TimeSpan.FromSeconds(10)) is null) return 1;
        var (compiled, began) = (JitInfo.GetCompiledMethodCount(), Environment.TickCount64);
        WarmUp.Run(New(), yields: true);
        var (warm, took) = (JitInfo.GetCompiledMethodCount(), Environment.TickCount64 - began);
        Work();
        Thread.Sleep(300); // the compiler's thread
        var after = JitInfo.GetCompiledMethodCount() - warm;
        socket.SendLine($"{warm - compiled} {took} {after}");
        return 0;
    }

    private static Holdfast.Chains.Monitor.Monitor New() => new(MonitorSettings.Parse(JsonDocument.Parse("""{"idleTimeout":60}""").RootElement));

    private static void Work()
    {
        using var chain = new InProcessChain([New()], static (_, _, _) => { }, batchCommit: true);
        for (var i = 1; i <= Frames; i++)
        {
            var frame = SampleDatagram.Build(1, 2, 0x0A00_0001, (ushort)(i % 700), 0x0A00_0002, 53);
            chain.Process(i % 3 == 0 ? Direction.RightToLeft : Direction.LeftToRight, frame, 1_000_000_000L + i * 1_000_000L);
            if (i % 4 == 0) chain.Close((ulong)i / 4);
        }
    }
}
