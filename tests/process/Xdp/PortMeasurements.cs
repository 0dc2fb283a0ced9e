using System.Diagnostics;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>
/// Every kind of interface port carries every frame of many bursts on the same cables; how fast, it prints. For figures,
/// on a machine at rest, with HOLDFAST_PORT_ROUNDS=5000.
/// </summary>
public sealed class PortMeasurements
{
    private const int Burst = 32;
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_PORT_ROUNDS"), out var told) ? told : 200;

    private static readonly (string Name, Func<string, PacketPool, IPort> Make)[] Kinds =
    [
        ("packet", (name, _) => new PacketSocketPort(name)),
        ("xdp generic", (name, pool) => new XdpPort(name, pool, XdpBind.Generic)),
        ("xdp driver", (name, pool) => new XdpPort(name, pool, XdpBind.Driver)),
    ];

    [Test]
    public void All_frames_of_many_bursts_cross([Values(60, 1514)] int bytes)
    {
        foreach (var (name, make) in Kinds)
        {
            using var bench = new PortBench(make, buffers: 16_384);
            bench.Rule();
            var burst = NanosecondsPerFrame(bench, bytes, Rounds);
            var latencies = Latencies(bench, bytes, Rounds);
            Assert.That(bench.Right.Counters.Sent, Is.EqualTo((ulong)Rounds * (Burst + 1)), name);
            TestContext.Out.WriteLine($"{name,-12} {bytes,4} bytes: {burst:F0} ns a frame in bursts of {Burst} ({1e6 / burst:F0} kpps); "
                + $"station to station p50 {latencies[latencies.Length / 2]:F1} µs, p99 {latencies[latencies.Length * 99 / 100]:F1} µs");
        }
    }

    /// <summary>From a burst that waits at the left port until it has left by the right one: receiving, the chain, and
    /// sending with all that the kernel does for it. The median, so that what else runs on the machine does not count.</summary>
    private static double NanosecondsPerFrame(PortBench bench, int bytes, int rounds)
    {
        var times = new double[rounds];
        var frame = new byte[bytes];
        for (var round = 0; round < rounds; round++)
        {
            var sent = bench.Right.Counters.Sent + Burst;
            for (var i = 0; i < Burst; i++) bench.LeftStation.Send(frame);
            var start = Stopwatch.GetTimestamp();
            while (bench.Right.Counters.Sent < sent && Stopwatch.GetElapsedTime(start).TotalSeconds < 1) bench.Step();
            times[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Burst;
        }

        Array.Sort(times);
        return times[rounds / 2];
    }

    private static double[] Latencies(PortBench bench, int bytes, int frames)
    {
        while (bench.RightStation.TryReceive() is not null) { }
        var stop = false;
        var loop = new Thread(() =>
        {
            while (!Volatile.Read(ref stop)) bench.Step();
        });
        loop.Start();
        var latencies = new double[frames];
        var frame = new byte[bytes];
        for (var i = 0; i < frames; i++)
        {
            var start = Stopwatch.GetTimestamp();
            bench.LeftStation.Send(frame);
            while (bench.RightStation.TryReceive() is null && Stopwatch.GetElapsedTime(start).TotalSeconds < 1) { }
            latencies[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Volatile.Write(ref stop, true);
        loop.Join();
        Array.Sort(latencies);
        return latencies;
    }
}
