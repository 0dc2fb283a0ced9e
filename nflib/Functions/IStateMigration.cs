using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>
/// An NF whose new build keeps its state in other containers than the last one, and knows how to carry it over. Used when
/// an operator restarts the NF (<c>nfmgr nf restart</c>) and the state in its block has another layout.
/// </summary>
public interface IStateMigration
{
    /// <summary>Fills this NF's containers, which were just declared and are empty, from the state of the last build. Called
    /// more than once, on different instances: first on a copy, to see that it works.</summary>
    /// <param name="earlier">The state as the last build left it, by its own directory.</param>
    /// <exception cref="Exception">It can't be carried over; the last build goes on.</exception>
    void Migrate(SavedState earlier);
}
