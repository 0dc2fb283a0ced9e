using Holdfast.Generator.Traffic;

namespace Holdfast.Generator;

/// <summary>A frame on its way: who sent it, what that source calls it.</summary>
internal readonly record struct Sent(ITraffic Source, ulong Step);

/// <summary>The frames on their way, by tag. Tags count up, so what the chain has dropped is overwritten in time.
/// </summary>
internal sealed class InFlight
{
    // More than two wires and a chain hold.
    private const int Places = 1 << 17;

    private readonly (ulong Tag, Sent Sent)[] _entries = new (ulong, Sent)[Places];

    public void Add(ulong tag, Sent sent) => _entries[tag % Places] = (tag, sent);

    /// <summary>Takes a frame out; false when it is not on its way (any more).</summary>
    public bool TryTake(ulong tag, out Sent sent)
    {
        ref var entry = ref _entries[tag % Places];
        sent = entry.Sent;
        if (entry.Tag != tag || sent.Source is null) return false;
        entry = default;
        return true;
    }

    /// <summary>Tells all sources that their frames are lost.</summary>
    public void LoseAll()
    {
        foreach (ref var entry in _entries.AsSpan())
        {
            entry.Sent.Source?.Lost(entry.Sent.Step);
            entry = default;
        }
    }
}
