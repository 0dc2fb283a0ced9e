namespace Holdfast.Nfmgr.Devices;

/// <summary>Memory that DPDK needs beside the packet pool.</summary>
internal static class DpdkNeeds
{
    /// <summary>Its heap, with the queues of two ports, and what it says of a buffer, in bytes.</summary>
    private const int OfEnvironment = 64 << 20, PerBuffer = 320;

    /// <param name="packetBuffers">Of the pool.</param>
    public static long Bytes(int packetBuffers) => OfEnvironment + (long)packetBuffers * PerBuffer;
}
