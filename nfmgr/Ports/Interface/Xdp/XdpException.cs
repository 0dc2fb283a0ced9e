using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>An interface can't be used by AF_XDP.</summary>
public sealed class XdpException(string message) : IOException(message)
{
    /// <summary>Names what the last failed system call says, and what to do about it.</summary>
    /// <param name="interfaceName">Which interface.</param>
    /// <param name="what">What was tried.</param>
    /// <param name="remedy">What to do; for errors that need another one than privileges do.</param>
    public static XdpException Of(string interfaceName, string what, string remedy) =>
        Of(interfaceName, what, remedy, Marshal.GetLastPInvokeError());

    public static XdpException Of(string interfaceName, string what, string remedy, int error) =>
        new($"interface {interfaceName}: {what} failed: {Marshal.GetPInvokeErrorMessage(error)}; " +
            (error == Interfaces.SocketCalls.EPERM ? "run as root, or with CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF" : remedy));
}
