namespace Holdfast.Generator.Capture;

/// <summary>What a client and a server said to each other in one connection, in captured order.</summary>
internal sealed class CapturedFlow
{
    public required FlowKey Key { get; init; }

    /// <summary>The first one opens the flow from the client's side.</summary>
    public List<CapturedStep> Steps { get; } = [];
}
