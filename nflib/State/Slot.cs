namespace Holdfast.NfLib.State;

/// <summary>The place of an entry in a map; it stays the same until the entry is removed.</summary>
public readonly record struct Slot
{
    private readonly int _indexPlusOne;

    private Slot(int indexPlusOne) => _indexPlusOne = indexPlusOne;

    public static Slot None => default;

    /// <summary>No such entry, or no room for one.</summary>
    public bool IsNone => _indexPlusOne == 0;

    /// <summary>0 to the map's capacity - 1; may be stored in another container. -1 for none.</summary>
    public int Index => _indexPlusOne - 1;

    public static Slot At(int index) => new(index + 1);
}
