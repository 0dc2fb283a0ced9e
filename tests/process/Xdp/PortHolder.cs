using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface.Xdp;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>A process that holds a port open until it is killed.</summary>
internal static class PortHolder
{
    public const string Mode = "hold-xdp-port";

    public static int Run(string interfaceName, string bind)
    {
        using var pool = PacketPool.Create(1024, preferHugePages: false);
        using var port = new XdpPort(interfaceName, pool, Enum.Parse<XdpBind>(bind));
        port.Lend([.. Enumerable.Range(0, 256).Select(i => (uint)i)]);
        port.Open(pool);
        Console.WriteLine("open");
        Thread.Sleep(60_000);
        return 0;
    }
}
