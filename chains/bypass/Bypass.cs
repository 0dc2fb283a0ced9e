using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Bypass;

/// <summary>
/// Takes the place of an NF that keeps dying (onFunctionFailure: fail-open): forwards every packet as it is. It declares
/// nothing, so the state of the NF that it stands for is left as it is.
/// </summary>
public sealed class Bypass : INetworkFunction
{
    public void Initialise(StateDeclaration state)
    {
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch) batch.Forward(packet);
    }

    public void Tick(long time)
    {
    }
}
