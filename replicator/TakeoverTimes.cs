namespace Holdfast.Replicator;

/// <summary>When a node that took over had done what; in nanoseconds of the clock that the agent is stepped with.</summary>
/// <param name="LostAt">The ruler's connection broke; or, where it did not, the ruler was last heard.</param>
/// <param name="DecidedAt">The protocol decided to rule.</param>
/// <param name="PersistedAt">The new term was on disk.</param>
/// <param name="ReadyAt">Everything that was staged was applied, and the root was told.</param>
public readonly record struct TakeoverTimes(long LostAt, long DecidedAt, long PersistedAt, long ReadyAt);
