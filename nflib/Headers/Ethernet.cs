namespace Holdfast.NfLib.Headers;

/// <summary>Sizes of Ethernet frames in bytes, without FCS (IEEE 802.3, 802.1Q).</summary>
public static class Ethernet
{
    /// <summary>Both addresses and the EtherType.</summary>
    public const int HeaderBytes = 14;

    public const int VlanTagBytes = 4;

    /// <summary>Shorter frames are padded.</summary>
    public const int MinFrameBytes = 60;
}
