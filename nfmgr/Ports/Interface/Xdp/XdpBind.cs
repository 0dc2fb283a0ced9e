namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>How an interface is bound.</summary>
public enum XdpBind
{
    /// <summary>The best that the driver can do, in the order of the other values.</summary>
    Best,

    /// <summary>The driver receives into the packet pool and sends from it without a copy.</summary>
    ZeroCopy,

    /// <summary>The driver runs the program before it makes a socket buffer; the kernel copies the frame once.</summary>
    Driver,

    /// <summary>The kernel runs the program behind any driver, and copies the frame.</summary>
    Generic,
}
