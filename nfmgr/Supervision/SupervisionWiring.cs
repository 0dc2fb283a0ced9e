using System.Text.Json;
using Holdfast.Nfmgr.Configuration;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>What a <see cref="FunctionSupervisor"/> works on.</summary>
internal sealed class SupervisionWiring
{
    public required ChainSection Chain { get; init; }

    /// <summary>Where NF processes attach.</summary>
    public required string ControlSocket { get; init; }

    /// <summary>What an idle NF does, as NfAttach says it.</summary>
    public required string Waiting { get; init; }

    /// <summary>Most lines of an NF that go with a checkpoint only because a standby joins.</summary>
    public required int JoinLines { get; init; }

    /// <summary>One per NF.</summary>
    public required IReadOnlyList<FunctionMemory> Memory { get; init; }

    /// <summary>The memory objects that an NF is given, in the order of AttachDescriptors.</summary>
    public required Func<int, int[]> DescriptorsOf { get; init; }

    /// <summary>Says whether an NF does not work at present, so that nobody takes that for the death of this node.</summary>
    public required Action<bool> Hold { get; init; }

    /// <summary>Ends this life of the node, which may end the same way again.</summary>
    public required Action<string> EndLife { get; init; }

    public required Action<string> Report { get; init; }
}
