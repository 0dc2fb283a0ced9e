using System.Net;
using System.Net.Sockets;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Checks of a node's two addresses.</summary>
internal static class CheckNetwork
{
    /// <summary>Takes the listen address for a moment.</summary>
    public static CheckResult Listen(NodeAddress address)
    {
        const string Thing = "listen";
        try
        {
            using var socket = new TcpListener(Resolve(address));
            socket.Start();
            var ephemeral = EphemeralPorts.Read();
            return !ephemeral.Contains(address.Port) ? CheckResult.Ok(Thing, $"{address}")
                : CheckResult.Warning(Thing, $"{address} is a port that the kernel gives to any connection, so it may be in use when this node starts",
                    $"use a port below {ephemeral.First}, or keep it free: sysctl net.ipv4.ip_local_reserved_ports={ephemeral.ReservedWith(address.Port)}");
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode switch
            {
                // That is also what a check beside the running node sees.
                SocketError.AddressAlreadyInUse => CheckResult.Warning(Thing, $"{address} is in use",
                    $"unless this node runs already, see who listens: ss -ltnp 'sport = :{address.Port}'"),
                SocketError.AddressNotAvailable => CheckResult.Error(Thing, $"{address} is no address of this machine",
                    "use one of those that 'ip address' shows, or 0.0.0.0"),
                SocketError.AccessDenied =>
                    CheckResult.Error(Thing, $"{address} needs privileges", "use a port from 1024 on"),
                _ => CheckResult.Error(Thing, $"{address}: {error.Message}", "use an address of this machine"),
            };
        }
    }

    /// <summary>The name of who else takes part must resolve; whether it answers is no matter for a configuration.</summary>
    public static CheckResult Other(string thing, NodeAddress address)
    {
        try
        {
            Resolve(address);
            return CheckResult.Ok(thing, $"{address}");
        }
        catch (SocketException error)
        {
            return CheckResult.Warning(thing, $"{address} does not resolve ({error.Message})",
                "name it in /etc/hosts, or write its IP address");
        }
    }

    private static IPEndPoint Resolve(NodeAddress address) =>
        address.ToEndPoint() as IPEndPoint
        ?? new IPEndPoint(Dns.GetHostAddresses(address.Host).FirstOrDefault()
            ?? throw new SocketException((int)SocketError.HostNotFound), address.Port);
}
