namespace Holdfast.Generator.Capture;

/// <summary>The address that the captured client has in one round, so that rounds do not share connections.</summary>
internal static class RoundAddress
{
    /// <summary>How many rounds have addresses of their own; then they repeat.</summary>
    public const int Count = 200 * 250;

    /// <summary>
    /// IPv4: 10.(16 + round / 250).(round % 250) and the captured last byte. IPv6: the captured address with
    /// round + 1 as its subnet, the fourth 16-bit group.
    /// </summary>
    public static UInt128 Of(UInt128 captured, bool isV6, int round)
    {
        int index = round % Count;
        if (!isV6) return (10u << 24) | ((16u + (uint)index / 250) << 16) | (((uint)index % 250) << 8) | (byte)captured;

        const int SubnetShift = 64;
        return (captured & ~((UInt128)0xffff << SubnetShift)) | ((UInt128)(uint)(index + 1) << SubnetShift);
    }
}
