using System.Net;
using System.Net.NetworkInformation;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Demo;

/// <summary>
/// Ports for the listeners of processes that are started later. What the kernel gives to a listener at port 0 is free only until
/// the kernel gives it away again: to the next such listener, or to any connection, even to one that dials this very port and so
/// meets itself. These are below all that the kernel gives away, and each is handed out once a process.
/// </summary>
internal static class LoopbackPorts
{
    private const int Lowest = 10_000;

    private static readonly int Beyond = Math.Clamp(EphemeralPorts.Read().First, Lowest + 1_000, IPEndPoint.MaxPort);

    /// <summary>Begun anywhere, since other processes do the same.</summary>
    private static int s_last = Random.Shared.Next(Lowest, Beyond);

    /// <summary>A port at which nobody listens, given to no other caller of this process until all were.</summary>
    /// <exception cref="DemoException">Somebody listens at every one.</exception>
    public static int Next()
    {
        var taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        for (var tried = Lowest; tried < Beyond; tried++)
        {
            var port = Lowest + (int)((uint)Interlocked.Increment(ref s_last) % (uint)(Beyond - Lowest));
            if (!taken.Contains(port)) return port;
        }

        throw new DemoException($"no port from {Lowest} to {Beyond - 1} is free; end what listens there, or raise net.ipv4.ip_local_port_range");
    }
}
