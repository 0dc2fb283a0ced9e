using Holdfast.NfLib.Wire;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Ports;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>Makes the ports that a configuration names.</summary>
/// <param name="node">This node's name.</param>
/// <param name="wakeFd">Wakes the loop that uses the ports.</param>
internal sealed class PortFactory(string node, int wakeFd)
{
    /// <param name="section">What the configuration says.</param>
    /// <param name="side">left or right.</param>
    /// <exception cref="IOException">A file or an interface can't be opened.</exception>
    public IPort Make(PortSection section, string side) => section switch
    {
        // The seam for AF_XDP: InterfaceMode.Xdp, and Auto where that is better.
        InterfacePortSection { Mode: InterfaceMode.Auto or InterfaceMode.Packet } port => new PacketSocketPort(port.Interface),
        InterfacePortSection port =>
            throw new IOException($"interface {port.Interface}: mode {port.Mode} is not available yet; write 'auto' or 'packet'"),
        WirePortSection wire => new WirePort(wire.Socket, new WireHello(node, side, Environment.ProcessId), wakeFd),
        PcapPortSection pcap => new PcapPort(pcap.Read, pcap.Write, pcap.Pace == PcapPace.Recorded),
        _ => throw new NotSupportedException($"a port of kind {section.GetType().Name}"),
    };
}
