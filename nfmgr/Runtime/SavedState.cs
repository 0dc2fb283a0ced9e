using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Control;
using Holdfast.Replicator.Identity;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The state of a node's NFs at one moment, as <c>nfmgr save-state</c> writes it.</summary>
/// <param name="Blocks">The NFs' names and the 64 KiB of each.</param>
/// <param name="Clock">What the blocks cover; null where they go on changing while they are copied.</param>
internal sealed record SavedState(IReadOnlyList<(string Function, byte[] Data)> Blocks, ulong? Clock)
{
    /// <summary>Copies the state; called on the replicator's thread, so that no checkpoint is applied meanwhile.</summary>
    public static SavedState Of(DaemonConfiguration configuration, NodeLife life)
    {
        var isReplica = life.Agent.Core.Role is NodeRole.Joining or NodeRole.Eligible;
        return new SavedState(
            [.. configuration.Chain.Functions.Select((function, i) => (function.Name, life.Memory.Blocks[i + 1].Data.ToArray()))],
            isReplica ? life.RootState!.Clock : null);
    }

    /// <summary>Writes NAME.state for each NF, and the clock.</summary>
    public static ControlAnswer Write(string directory, SavedState state)
    {
        try
        {
            Directory.CreateDirectory(directory);
            foreach (var (function, data) in state.Blocks) File.WriteAllBytes(Path.Combine(directory, function + ".state"), data);
            if (state.Clock is { } clock) File.WriteAllText(Path.Combine(directory, "clock"), $"{clock}\n");
            return new ControlAnswer(null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new ControlAnswer($"{directory}: {error.Message}");
        }
    }
}
