using Holdfast.Nfmgr.Interfaces;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>A port on a network interface of this machine.</summary>
public interface IInterfacePort : IPort
{
    /// <summary>How the port and its interface are; for any thread, at any time.</summary>
    InterfaceReport Report();
}

/// <param name="Interface">The interface's name.</param>
/// <param name="Mode">How frames cross: "packet", or a form of "xdp".</param>
/// <param name="State">As last seen, at most a tenth of a second ago.</param>
/// <param name="RefusedByReason">Frames that came in and are fit for no chain.</param>
/// <param name="SendErrorsByReason">Frames that the network did not take.</param>
/// <param name="Remedy">What to do about either, or null when there is nothing.</param>
public sealed record InterfaceReport(string Interface, string Mode, LinkState State,
    IReadOnlyDictionary<string, ulong> RefusedByReason, IReadOnlyDictionary<string, ulong> SendErrorsByReason, string? Remedy);
