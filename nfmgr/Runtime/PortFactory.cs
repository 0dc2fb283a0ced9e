using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Nfmgr.Ports.Generator;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>Makes the ports that a configuration names.</summary>
/// <param name="configuration">This node's.</param>
/// <param name="wakeFd">Wakes the loop that uses the ports.</param>
/// <param name="pool">Where packets are; lives longer than the ports.</param>
/// <param name="log">Told how a port's interface is used, where that was left open.</param>
internal sealed class PortFactory(DaemonConfiguration configuration, int wakeFd, PacketPool pool, EventLog log) : IDisposable
{
    private DpdkMemory? _dpdk;

    /// <param name="section">What the configuration says.</param>
    /// <param name="side">left or right.</param>
    /// <exception cref="IOException">A file or an interface can't be opened.</exception>
    public IPort Make(PortSection section, string side) => section switch
    {
        InterfacePortSection { Mode: InterfaceMode.Packet } port => new PacketSocketPort(port.Interface),
        InterfacePortSection { Mode: InterfaceMode.Xdp } port => MakeXdp(port.Interface, side),
        InterfacePortSection port => MakeBest(port.Interface, side),
        DpdkPortSection port => new DpdkPort(_dpdk ??= StartDpdk(), port.Device, port.Queues, port.Descriptors, port.Vlan),
        WirePortSection wire => new WirePort(wire.Socket, new WireHello(configuration.Node.Name, side, Environment.ProcessId), wakeFd),
        GeneratorPortSection port => new GeneratorPort(port.Rate, port.Flows, port.FrameBytes, side == "left"),
        PcapPortSection pcap => new PcapPort(pcap.Read, pcap.Write, pcap.Pace == PcapPace.Recorded),
        _ => throw new NotSupportedException($"a port of kind {section.GetType().Name}"),
    };

    /// <summary>After the ports.</summary>
    public void Dispose() => _dpdk?.Dispose();

    private DpdkMemory StartDpdk()
    {
        DpdkStart.Once(configuration);
        return new DpdkMemory(pool, log.Write);
    }

    private XdpPort MakeXdp(string name, string side)
    {
        var port = new XdpPort(name, pool, XdpBind.Best);
        if (port.WhyNoBetter is { } why) log.Write($"{side} port: mode {port.Report().Mode}, because {why}");
        return port;
    }

    /// <summary>Only without a copy does AF_XDP make up for the VLAN tags and finer counts that packet sockets give.</summary>
    private IPort MakeBest(string name, string side)
    {
        try
        {
            if (InterfaceFacts.Read(name) is null) throw new XdpException($"there is no interface {name} yet");
            return new XdpPort(name, pool, XdpBind.ZeroCopy);
        }
        catch (XdpException why)
        {
            log.Write($"{side} port: mode packet, because {why.Message}");
            return new PacketSocketPort(name);
        }
    }
}
