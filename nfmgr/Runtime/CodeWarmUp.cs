using System.Reflection;
using System.Runtime.CompilerServices;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using Holdfast.Replicator;
using Holdfast.Replicator.Announcing;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>
/// Compiles nfmgr's own code before it is needed: what only runs at a takeover would otherwise be compiled during it,
/// some hundred methods and tens of milliseconds.
/// </summary>
internal static class CodeWarmUp
{
    private static readonly Lazy<Task> Running = new(() => Task.Factory.StartNew(Prepare, TaskCreationOptions.LongRunning));

    /// <summary>Once per process; later lives find it begun, and done.</summary>
    public static void Begin() => _ = Running.Value;

    /// <summary>Waits until all is compiled.</summary>
    public static void Complete() => Running.Value.GetAwaiter().GetResult();

    private static void Prepare()
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

        Type[] ofAnyType = [typeof(XskProducer<ulong>), typeof(XskProducer<XdpDescriptor>), typeof(XskConsumer<ulong>), typeof(XskConsumer<XdpDescriptor>)];
        foreach (var type in ofAnyType)
        {
            RuntimeTypeHandle[] arguments = [.. type.GetGenericArguments().Select(a => a.TypeHandle)];
            foreach (var method in type.GetMethods(own)) RuntimeHelpers.PrepareMethod(method.MethodHandle, arguments);
        }

        Announce();
        _ = RootWarmUp.Run();
    }

    /// <summary>Generic code is compiled per type, so only by running it.</summary>
    private static void Announce()
    {
        using var block = StateBlock.OnHeap();
        var stations = new StationTable(new StateDeclaration(block), "warmUp");
        Span<byte> frame = stackalloc byte[Announcer.MaxFrameBytes];
        frame.Clear();
        frame[11] = 1;
        stations.Learn(frame, 0);
        var announcer = new Announcer(stations);
        announcer.Begin(0);
        while (announcer.TryNext(0, frame, out _)) { }
    }

    private static bool IsDataPath(Type type) => !type.ContainsGenericParameters && type.Namespace is { } name
        && (name.StartsWith("Holdfast.Replicator", StringComparison.Ordinal)
            || name.StartsWith("Holdfast.Nfmgr.Ports", StringComparison.Ordinal) || name is "Holdfast.NfLib.Rings" or "Holdfast.NfLib.Wire"
            or "Holdfast.NfLib.Packets" or "Holdfast.NfLib.State" or "Holdfast.NfLib.Memory" or "Holdfast.NfLib.Headers"
            or "Holdfast.Nfmgr.Supervision" or "Holdfast.Nfmgr.Interfaces" or "Holdfast.Nfmgr.Runtime" or "Holdfast.Nfmgr.Storage");
}
