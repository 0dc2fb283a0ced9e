using System.Net.Sockets;
using Holdfast.NfLib.Packets;
using Holdfast.Replicator.Root;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>What every port on an interface does alike, whichever way it takes frames from there.</summary>
internal static class PortConduct
{
    /// <summary>No byte of a frame changes, in either direction, and no buffer is lost.</summary>
    public static void AssertThatFramesOfEveryLengthCrossAsTheyAre(this PortBench bench)
    {
        var random = new Random(1);
        foreach (var length in (int[])[14, 15, 60, 61, 255, 256, 257, 1000, 1513, 1514])
        {
            var frame = new byte[length];
            random.NextBytes(frame);
            frame[12] = 0x12; // no EtherType that anybody knows
            foreach (var direction in Enum.GetValues<Direction>())
                Assert.That(bench.Pass(frame, direction), Is.EqualTo(frame), $"{length} bytes, {direction}");
        }

        Assert.That(bench.HasAllBuffers(), "a buffer is lost");
        Assert.That(bench.Left.Counters, Is.EqualTo(new PortCounters(10, 0, 0, 10, 0)));
    }

    /// <summary>The station's kernel leaves UDP's checksum to its interface; what leaves on the right has it.</summary>
    public static void AssertThatChecksumsLeftToTheHardwareAreFinished(this PortBench bench)
    {
        bench.LeftPlace.Ip("addr add 10.9.0.1/24 dev far");
        bench.LeftPlace.Ip("neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev far");
        using var socket = bench.LeftPlace.Do(() => new UdpClient());
        for (var length = 1; length < 20; length++)
        {
            socket.Send(new byte[length], length, "10.9.0.2", 53);
            byte[]? frame = null;
            Assert.That(bench.StepUntil(() => (frame = bench.RightStation.TryReceive()) is not null), Is.True, "no frame");
            Assert.That(LongChecksum.Residuals(frame!), Is.EqualTo((0xFFFF, 0xFFFF)), Convert.ToHexString(frame!));
        }
    }
}
