namespace Holdfast.Native;

/// <summary>DPDK, or a device by it, can't be had; the message says why and what to do.</summary>
public sealed class DpdkException(string message) : IOException(message);
