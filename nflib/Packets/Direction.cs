namespace Holdfast.NfLib.Packets;

/// <summary>The way a packet crosses the chain.</summary>
public enum Direction : byte
{
    /// <summary>From the left port, through the NFs in order, to the right port.</summary>
    LeftToRight = 0,

    /// <summary>From the right port, through the NFs in reverse order, to the left port.</summary>
    RightToLeft = 1,
}
