namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// Everything that <c>nfmgr arbiter run --config FILE</c> is told. It serves one chain of two nodes, and learns which from them.
/// </summary>
/// <remarks>
/// <code>
/// key                        unit, values                            default
/// node.name                  1–24 of a-z 0-9 -                       required
/// node.stateDirectory        path                                    /var/lib/holdfast
/// node.runtimeDirectory      path                                    /run/holdfast
/// listen                     address:port                            required
/// nodes                      the names of the two nodes              required
/// </code>
/// </remarks>
public sealed record ArbiterConfiguration(NodeSection Node, NodeAddress Listen, IReadOnlyList<string> Nodes)
{
    /// <summary>The unix socket of its control interface.</summary>
    public string ControlSocket => Path.Combine(Node.RuntimeDirectory, $"{Node.Name}.sock");
}
