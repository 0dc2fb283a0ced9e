namespace Holdfast.Nfmgr.Interfaces;

/// <summary>Whether frames can cross an interface.</summary>
public enum LinkState
{
    /// <summary>There is no interface of that name.</summary>
    Missing,

    /// <summary>It is switched off, or its cable leads to nothing that is on.</summary>
    Down,

    Up,
}
