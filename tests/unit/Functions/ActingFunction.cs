using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>An NF that does with a batch what the test says.</summary>
internal sealed class ActingFunction(Action<Batch> act) : INetworkFunction
{
    public void Initialise(StateDeclaration state) => state.Counter("none");

    public void Process(Batch batch) => act(batch);

    public void Tick(long time)
    {
    }
}
