namespace Holdfast.Generator.Capture;

/// <summary>How a NAT shows a client to a server.</summary>
/// <param name="Address">The source address on the right of the chain.</param>
/// <param name="Port">The source port or echo identifier there.</param>
internal readonly record struct OutsideEndpoint(UInt128 Address, ushort Port);
