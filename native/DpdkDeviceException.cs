namespace Holdfast.Native;

/// <summary>A device can't become a port.</summary>
/// <param name="device">As the configuration names it.</param>
/// <param name="stage">How far it came.</param>
/// <param name="error">A negative errno.</param>
/// <param name="facts">What was known by then.</param>
/// <param name="saying">DPDK's own last words on it, or empty.</param>
public sealed class DpdkDeviceException(string device, DpdkStage stage, int error, DpdkFacts facts, string saying)
    : IOException($"{device}: {stage} failed: {DpdkEnvironment.Describe(error)}{saying}")
{
    public DpdkStage Stage => stage;

    public int Error => error;

    public DpdkFacts Facts => facts;

    public string Saying => saying;
}
