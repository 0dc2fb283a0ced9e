using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Host;

/// <summary>How an NF's process gets at its state: it declares it, finds it as it is, or carries it over.</summary>
internal static class StateBinding
{
    private const int Trials = 3;

    /// <summary>Binds the NF to the block.</summary>
    /// <param name="nf">The NF that will work.</param>
    /// <param name="block">Its block; unless this is the first process, another one is working on it.</param>
    /// <param name="attach">What nfmgr says about it.</param>
    /// <param name="layout">Layout of what this build declares.</param>
    /// <param name="create">Makes further instances, for a trial of a migration.</param>
    /// <returns>Whether the state must be migrated before the first batch.</returns>
    /// <exception cref="StateLayoutException">The block's state is of another layout, and can't be carried over.</exception>
    public static bool Bind(INetworkFunction nf, StateBlock block, NfAttach attach, ulong layout, Func<INetworkFunction> create)
    {
        if (attach.Layout == 0)
        {
            Declare(nf, block, attach.Seed);
            return false;
        }

        if (attach.Bypass) return false;
        nf.Initialise(StateDeclaration.Bind(block));
        if (attach.Layout == layout) return false;
        if (nf is IStateMigration)
        {
            TryOut(block, attach.Seed, create);
            return true;
        }

        // Says what differs, if the block says it.
        if (StateDirectory.IsDeclared(block.Data)) Declare(create(), block, attach.Seed);
        throw new StateLayoutException($"this build declares a state of layout {layout:x16}, but the NF's has {attach.Layout:x16}; "
                                       + "bring a migration (IStateMigration), or start the chain anew");
    }

    /// <summary>The state that this build makes of the block's.</summary>
    public static byte[] Migrated(ReadOnlySpan<byte> earlier, ulong seed, Func<INetworkFunction> create)
    {
        using var scratch = StateBlock.OnHeap();
        var nf = create();
        Declare(nf, scratch, seed);
        ((IStateMigration)nf).Migrate(new SavedState(earlier.ToArray()));
        return scratch.Data.ToArray();
    }

    private static void Declare(INetworkFunction nf, StateBlock block, ulong seed)
    {
        var declaration = new StateDeclaration(block, seed);
        nf.Initialise(declaration);
        declaration.Complete();
    }

    /// <summary>On a copy, before the present process is asked to leave. The copy may be torn, as that one is working.</summary>
    private static void TryOut(StateBlock block, ulong seed, Func<INetworkFunction> create)
    {
        for (var trial = 1; ; trial++)
        {
            try
            {
                _ = Migrated(block.Data, seed, create);
                return;
            }
            catch (Exception error)
            {
                if (trial == Trials)
                    throw new StateLayoutException($"the migration of a copy of its state failed: {error.GetType().Name}: {error.Message}");
            }
        }
    }
}
