using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>The kernel's own TCP on both sides of a chain by AF_XDP, with what its offloads make of the frames.</summary>
public sealed class ConnectionTests
{
    [TestCase(XdpBind.Driver, Description = "the kernel itself turns segmentation off at the far end")]
    [TestCase(XdpBind.Generic)]
    public void A_download_arrives_as_it_was(XdpBind bind)
    {
        using var bench = new PortBench((name, pool) => new XdpPort(name, pool, bind), buffers: 8192);
        foreach (var (place, address) in new[] { (bench.LeftPlace, "10.9.0.1"), (bench.RightPlace, "10.9.0.2") })
        {
            if (bind == XdpBind.Generic) place.Run("ethtool", "-K", "far", "tso", "off", "gso", "off");
            place.Ip("link set dev far arp on");
            place.Ip($"addr add {address}/24 dev far");
        }

        bench.Rule();
        var data = RandomNumberGenerator.GetBytes(20 << 20);
        var end = new IPEndPoint(IPAddress.Parse("10.9.0.2"), 8080);
        using var listener = bench.RightPlace.Do(() => new TcpListener(end));
        listener.Start();
        var server = Task.Run(() =>
        {
            using var connection = listener.AcceptTcpClient();
            connection.GetStream().Write(data);
        });
        using var client = bench.LeftPlace.Do(() => new TcpClient(AddressFamily.InterNetwork));
        var download = Task.Run(() =>
        {
            client.Connect(end);
            var received = new MemoryStream();
            client.GetStream().CopyTo(received);
            return received.ToArray();
        });

        Assert.That(bench.StepUntil(() => download.IsCompleted, 30_000), Is.True, $"{bench.Left.Counters} {bench.Right.Counters}");
        Assert.That(download.Result.AsSpan().SequenceEqual(data), Is.True);
        server.Wait();
        Assert.That(bench.HasAllBuffers(), $"{bench.Buffers.Free} free, {bench.Buffers.InPorts} in ports of {bench.Buffers.Total}");
        TestContext.Out.WriteLine($"{bench.Left.Counters}\n{bench.Right.Counters}");
    }
}
