namespace Holdfast.Replicator.Root;

/// <summary>Something came out of the chain, or lies in its memory, that can't be; the chain must stop.</summary>
/// <param name="function">The NF that did it, by its place in the chain; null when it was a port or the root itself.</param>
/// <param name="what">What it did, as the rest of a sentence that begins with its name.</param>
public sealed class ChainFaultException(int? function, string what)
    : Exception(function is { } index ? $"NF {index} {what}" : what)
{
    /// <summary>The NF's place in the chain, from 0 at the left.</summary>
    public int? Function => function;

    /// <summary>What it did: "sent packet buffer 5 on twice".</summary>
    public string What => what;
}
