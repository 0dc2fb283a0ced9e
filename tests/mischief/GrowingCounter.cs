using System.Text.Json;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Mischief;

/// <summary>
/// An NF of which a file says what build it is: the first counts packets, the second counts them by direction too and
/// carries the first one's count over, the third can't, and says so.
/// </summary>
/// <param name="settings"><c>build</c>: the file's path.</param>
internal sealed class GrowingCounter(JsonElement settings) : INetworkFunction, IStateMigration
{
    private readonly string _build = File.ReadAllText(settings.GetProperty("build").GetString()!).Trim();
    private Counter _packets = null!;
    private StateArray<ulong>? _byDirection;

    public void Initialise(StateDeclaration state)
    {
        _packets = state.Counter("packets");
        if (_build != "1") _byDirection = state.Array<ulong>("byDirection", 2, version: int.Parse(_build));
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            _packets.Add(1);
            if (_byDirection is { } counts) counts.Modify(packet.FromLeft ? 0 : 1)++;
            batch.Forward(packet);
        }
    }

    public void Tick(long time) { }

    public void Migrate(SavedState earlier)
    {
        if (_build == "3") throw new InvalidOperationException("this build forgot how");
        _packets.Set(earlier.Counter("packets"));
    }
}
