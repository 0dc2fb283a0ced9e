namespace Holdfast.Generator.Capture;

/// <summary>Names one offer of one step: 40 bits of the flow's serial number, 16 of the step, 8 of the try.</summary>
/// <param name="Flow">The flow's serial number in this run, from 1.</param>
/// <param name="Step">The step's index in the flow.</param>
/// <param name="Try">From 1.</param>
internal readonly record struct StepId(ulong Flow, int Step, byte Try)
{
    public static StepId From(ulong bits) => new(bits >> 24, (ushort)(bits >> 8), (byte)bits);

    public ulong Bits => (Flow << 24) | ((ulong)(ushort)Step << 8) | Try;
}
