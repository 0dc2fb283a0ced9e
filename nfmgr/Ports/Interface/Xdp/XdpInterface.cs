using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>The interface that a port is bound to, as it comes and goes.</summary>
internal sealed class XdpInterface : IDisposable
{
    private const int LookMilliseconds = 100;

    private readonly string _name;
    private readonly PacketPool _pool;
    private readonly uint _slots;
    private readonly XdpBind _wanted;
    private readonly InterfaceQuery _query;
    private readonly PacketSocket _promiscuous; // a chain forwards what is addressed to others
    private long _nextLook;
    private int _boundIndex;

    /// <exception cref="IOException">This process may not have the sockets for it.</exception>
    public XdpInterface(string name, PacketPool pool, int slots, XdpBind wanted)
    {
        (_name, _pool, _slots, _wanted) = (name, pool, (uint)slots, wanted);
        _query = new InterfaceQuery(name);
        _promiscuous = new PacketSocket(name);
    }

    /// <summary>How it is bound, or was last.</summary>
    public string Mode { get; private set; } = "xdp";

    /// <summary>Why it is bound in no better way.</summary>
    public string? WhyNoBetter { get; private set; }

    /// <summary>Why the interface that is there can't be bound, and what to do.</summary>
    public string? Trouble { get; private set; }

    public bool IsZeroCopy { get; private set; }

    /// <summary>When last looked at; missing also when another interface has the name now.</summary>
    public LinkState State { get; private set; }

    /// <summary>In bytes, without Ethernet header; when last looked at.</summary>
    public int Mtu { get; private set; }

    /// <summary>Whether the interface is still the one that was bound, not another of its name or none.</summary>
    public bool IsBound { get; private set; }

    /// <summary>Binds in the best way that is wanted and possible.</summary>
    /// <returns>Null when there is no such interface.</returns>
    /// <exception cref="XdpException">It can't be bound.</exception>
    public XdpSocket? BindIfThere()
    {
        LookNow();
        return _query.Index is not 0 and var index ? Bind(index, patient: true) : null;
    }

    /// <summary>Looks at the interface, unless that was done a moment ago.</summary>
    /// <returns>Whether it did.</returns>
    public bool Look()
    {
        var now = Environment.TickCount64;
        if (now < _nextLook) return false;
        _nextLook = now + LookMilliseconds;
        LookNow();
        return true;
    }

    /// <summary>Binds to the interface that came in the place of one that was deleted.</summary>
    /// <returns>Null when there is none that fits yet.</returns>
    public XdpSocket? TryBindAgain()
    {
        try
        {
            LookNow();
            // Called from the loop that moves packets: nothing that takes long or is known to fail.
            return _query.State == LinkState.Up ? Bind(_query.Index, patient: false) : null;
        }
        catch (XdpException error)
        {
            Trouble = error.Message;
            return null;
        }
    }

    public void Dispose()
    {
        _promiscuous.Dispose();
        _query.Dispose();
    }

    private void LookNow()
    {
        IsBound = _boundIndex != 0 && _query.Index == _boundIndex;
        State = IsBound ? _query.State : LinkState.Missing;
        Mtu = _query.Mtu;
    }

    /// <param name="index">The interface.</param>
    /// <param name="patient">Wait, up to a second, until the kernel has freed what a process that has just ended held.</param>
    private XdpSocket Bind(int index, bool patient)
    {
        Check(index);
        XdpBind[] ways = _wanted == XdpBind.Best ? [XdpBind.ZeroCopy, XdpBind.Driver, XdpBind.Generic] : [_wanted];
        WhyNoBetter = null;
        for (var i = 0; ; i++)
        {
            try
            {
                var socket = new XdpSocket(_name, index, _pool, _slots, ways[i], patient);
                _boundIndex = index;
                IsZeroCopy = ways[i] == XdpBind.ZeroCopy;
                Mode = ways[i] switch
                {
                    XdpBind.ZeroCopy => "xdp zero-copy",
                    XdpBind.Driver => "xdp driver",
                    _ => "xdp generic",
                };
                Trouble = null;
                LookNow();
                return socket;
            }
            catch (XdpException error) when (i < ways.Length - 1)
            {
                WhyNoBetter = WhyNoBetter is null ? error.Message : $"{WhyNoBetter}; {error.Message}";
            }
        }
    }

    private void Check(int index)
    {
        if (InterfaceFacts.Read(_name)?.ReceiveQueues is > 1 and var queues)
            throw new XdpException($"interface {_name} receives on {queues} queues, of which AF_XDP would see one; " +
                $"ethtool -L {_name} combined 1, or use mode 'packet'");
        if (_query.Mtu > MtuLimit.Xdp)
            throw new XdpException($"interface {_name} has MTU {_query.Mtu}, and AF_XDP room for {MtuLimit.Xdp} in a packet buffer; " +
                $"ip link set dev {_name} mtu 1500, or use mode 'packet'");
        if (!_promiscuous.TrySet(PacketCalls.SOL_PACKET, PacketCalls.PACKET_ADD_MEMBERSHIP,
            new PacketMembership { InterfaceIndex = index, Type = PacketCalls.PACKET_MR_PROMISC }))
            throw XdpException.Of(_name, "entering promiscuous mode", "is it an Ethernet interface?");
    }
}
