namespace Holdfast.Generator.Capture;

/// <summary>How far one step of a flow has got.</summary>
internal struct StepProgress
{
    /// <summary>How often it was offered.</summary>
    public byte Tries;

    /// <summary>Whether it is lost and waits to be offered again.</summary>
    public bool AwaitsRetry;

    /// <summary>Whether it came out of the chain.</summary>
    public bool IsOut;
}
