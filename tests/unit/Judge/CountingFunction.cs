using Holdfast.Judge;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>An NF whose outputs tell its state: it writes how many packets it has seen into a byte of each. It drops
/// frames that begin with <see cref="Dropped"/>.</summary>
internal sealed class CountingFunction(int at) : INetworkFunction
{
    public const byte Dropped = 0xDD;

    private Counter _seen = null!;
    private Counter _ticks = null!;

    public void Initialise(StateDeclaration state)
    {
        _seen = state.Counter("seen");
        _ticks = state.Counter("ticks");
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            _seen.Add(1);
            if (packet.Bytes[0] == Dropped)
            {
                batch.Drop(packet, DropReason.Policy);
                continue;
            }

            packet.Write(at + 1)[at] = (byte)_seen.Value;
            batch.Forward(packet);
        }
    }

    public void Tick(long time) => _ticks.Add(1);

    /// <summary>Two of them; they leave the first byte alone, so that no packet becomes one to be dropped.</summary>
    public static readonly ChainDescription Chain = new(Seed: 0,
    [
        ("first", () => new CountingFunction(1)),
        ("second", () => new CountingFunction(2)),
    ]);

    public static IReadOnlyList<INetworkFunction> MakeChain() =>
        [.. Chain.Functions.Select(function => function.Make())];
}
