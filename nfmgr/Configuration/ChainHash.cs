using System.Globalization;
using System.Text;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// A hash of what two nodes must agree on to be one chain: its name, its seed, its NFs in order with program and
/// settings, the format of packets, and who rules when one of them is silent. Ports, paths, node names and everything about speed may differ.
/// </summary>
public static class ChainHash
{
    /// <summary>The hash, the same in every process and on every machine.</summary>
    public static ulong Of(ChainSection chain, SilencePolicy onSilence) => StableHash.Add(StableHash.Seed, CanonicalText(chain, onSilence));

    /// <summary>What is hashed, as text, so that a person can see why two nodes differ: one line per fact.</summary>
    public static string CanonicalText(ChainSection chain, SilencePolicy onSilence)
    {
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"chain {chain.Name}")
            .AppendLine(CultureInfo.InvariantCulture, $"packets {PacketPool.Version} {PacketPool.BufferBytes}")
            .AppendLine(CultureInfo.InvariantCulture, $"state {StateBlock.Version} {StateBlock.Bytes}")
            .AppendLine(CultureInfo.InvariantCulture, $"seed {chain.Seed}")
            .AppendLine(CultureInfo.InvariantCulture, $"silence {onSilence}");
        foreach (var function in chain.Functions)
        {
            // Where the program stands is each node's own affair, so of a path only the last part counts.
            var program = Path.GetFileName(function.Program);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"function {function.Name} {program} {CanonicalJson.Write(function.Settings)}");
        }

        return text.ToString();
    }
}
