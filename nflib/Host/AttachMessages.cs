using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.NfLib.Host;

/// <summary>First line from an NF process: who it is.</summary>
public sealed record NfHello(string Function, int ProcessId, int Version = NfHello.CurrentVersion)
{
    /// <summary>Version of the attach protocol: messages and order of descriptors.</summary>
    public const int CurrentVersion = 2;
}

/// <summary>nfmgr's answer, with the descriptors in the order of <see cref="AttachDescriptors"/>.</summary>
/// <param name="Index">Place in the chain, from 0.</param>
/// <param name="Functions">NFs in the chain.</param>
/// <param name="Seed">Seeds the NF's random sources.</param>
/// <param name="Waiting">What its loop does when idle.</param>
/// <param name="Settings">The NF's own settings from the configuration.</param>
/// <param name="Generation">Counts the NF's processes in this life, from 1.</param>
/// <param name="Layout">Layout of the state that the block holds, or 0: the first process declares it.</param>
/// <param name="BatchCommit">Whether what a dying process left is undone or completed by the next one.</param>
/// <param name="JoinLines">Most lines that go with a capture only because a standby joins.</param>
/// <param name="Bypass">It only stands in for an NF: the state is none of its business.</param>
/// <param name="Core">The core that its loop runs on; -1 for any.</param>
/// <param name="IsTwin">Another process has the NF: getting ready must not take the core from it.</param>
public sealed record NfAttach(int Index, int Functions, ulong Seed, string Waiting, JsonElement Settings, uint Generation,
    ulong Layout, bool BatchCommit, int JoinLines, bool Bypass = false, bool IsTwin = false, int Core = -1);

/// <summary>Second line from an NF process: it is warm and waits for its turn, or why it can't.</summary>
/// <param name="Error">Null when all is well.</param>
/// <param name="Layout">Layout of the state that this build declares.</param>
/// <param name="Migrates">It brings what turns the block's layout into its own.</param>
public sealed record NfReady(string? Error, ulong Layout = 0, bool Migrates = false);

/// <summary>What is passed with <see cref="NfAttach"/>, in this order.</summary>
public enum AttachDescriptors
{
    Control,
    Pool,
    Block,
    Slots,
    Doorbells,
    InputFromLeft,
    InputFromRight,
    OutputToRight,
    OutputToLeft,
    Returns,
    ManagerEvent,
    Count,
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(NfHello))]
[JsonSerializable(typeof(NfAttach))]
[JsonSerializable(typeof(NfReady))]
internal sealed partial class AttachJson : JsonSerializerContext;
