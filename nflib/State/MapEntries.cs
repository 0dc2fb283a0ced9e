using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>Finds the entries of a map in a block that nobody has attached to.</summary>
internal static class MapEntries
{
    /// <summary>Where the entries in use are, key first, by rising slot.</summary>
    /// <param name="entry">The map's directory entry; it was checked.</param>
    /// <param name="data">The map's data.</param>
    public static IReadOnlyList<Range> Of(in ContainerEntry entry, ReadOnlySpan<byte> data)
    {
        var links = StateBlock.LineBytes
                    + ContainerLayout.RoundUp(2 * ContainerLayout.BucketsOf(entry.Capacity), StateBlock.LineBytes);
        var entries = links + ContainerLayout.RoundUp(2 * entry.Capacity, StateBlock.LineBytes);
        var found = new List<Range>();
        for (var i = 0; i < entry.Capacity; i++)
        {
            if ((MemoryMarshal.Read<ushort>(data[(links + 2 * i)..]) & 0x8000) == 0) continue;
            var start = entries + i * entry.Stride;
            found.Add(start..(start + entry.KeyBytes + entry.ValueBytes));
        }

        return found;
    }
}
