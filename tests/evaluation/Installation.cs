using System.Reflection;

namespace Holdfast.Evaluation;

/// <summary>Where the programs lie that are measured.</summary>
internal static class Installation
{
    /// <summary>Of nfmgr, with what is laid beside it.</summary>
    public static string Programs { get; } = Path("ProgramDirectory");

    public static string Forwarder { get; } = Path("ForwarderProgram");

    /// <summary>Compiled ahead of time; is built only where that can be done.</summary>
    public static string NativeForwarder { get; } = Path("NativeForwarderProgram");

    /// <summary>Is built only where DPDK's development files are.</summary>
    public static string Reference { get; } = Path("ReferenceProgram");

    public static string SourceRoot { get; } = System.IO.Path.GetFullPath(Path("SourceRoot"));

    private static string Path(string name) =>
        typeof(Installation).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == name).Value!;
}
