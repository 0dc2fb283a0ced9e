using System.Reflection;
using System.Runtime.CompilerServices;
using Holdfast.NfLib.Rings;
using Holdfast.Replicator;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>
/// Compiles nfmgr's own code before it is needed: what only runs at a takeover would otherwise be compiled during it,
/// some hundred methods and tens of milliseconds.
/// </summary>
internal static class CodeWarmUp
{
    private static readonly Lazy<bool> Done = new(Prepare);

    /// <summary>Once per process; later lives find it done.</summary>
    public static void Run() => _ = Done.Value;

    private static bool Prepare()
    {
        Assembly[] assemblies = [typeof(RingProducer).Assembly, typeof(ReplicationAgent).Assembly, typeof(CodeWarmUp).Assembly];
        const BindingFlags own = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var type in assemblies.SelectMany(a => a.GetTypes()).Where(IsDataPath))
        {
            foreach (var method in type.GetMethods(own).Cast<MethodBase>().Concat(type.GetConstructors(own)))
            {
                if (!method.IsAbstract && !method.ContainsGenericParameters) RuntimeHelpers.PrepareMethod(method.MethodHandle);
            }
        }

        return true;
    }

    private static bool IsDataPath(Type type) => !type.ContainsGenericParameters && type.Namespace is { } name
        && (name.StartsWith("Holdfast.Replicator", StringComparison.Ordinal) || name is "Holdfast.NfLib.Rings" or "Holdfast.NfLib.Wire"
            or "Holdfast.NfLib.Packets" or "Holdfast.NfLib.State" or "Holdfast.NfLib.Memory" or "Holdfast.Nfmgr.Ports"
            or "Holdfast.Nfmgr.Ports.Interface" or "Holdfast.Nfmgr.Interfaces" or "Holdfast.Nfmgr.Runtime" or "Holdfast.Nfmgr.Storage");
}
