namespace Holdfast.Generator.Capture;

/// <summary>One captured frame of a flow.</summary>
/// <param name="FromClient">Whether it comes from the client, the left side of a chain.</param>
/// <param name="Frame">The frame as captured.</param>
/// <param name="Layout">The frame's layout.</param>
internal sealed record CapturedStep(bool FromClient, byte[] Frame, FrameLayout Layout);
