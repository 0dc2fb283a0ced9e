using System.Runtime.CompilerServices;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains;
using BenchmarkDotNet.Toolchains.CsProj;
using BenchmarkDotNet.Toolchains.DotNetCli;

namespace Holdfast.Benchmarks;

/// <summary>
/// Builds each benchmark's process from this project. BenchmarkDotNet would look for a project file with the
/// assembly's name, but projects here are named after their folders.
/// </summary>
internal sealed class OwnProjectFile() : CsProjGenerator(Framework, Default, Default, Default)
{
    private const string Framework = "net10.0";

    /// <summary>BenchmarkDotNet, written before nullable references, takes null for its default.</summary>
    private const string Default = null!;

    public static IToolchain Toolchain { get; } = new Toolchain(Framework, new OwnProjectFile(),
        new DotNetCliBuilder(Framework), new DotNetCliExecutor(Default));

    protected override FileInfo GetProjectFilePath(Type benchmarkTarget, ILogger logger) => Beside();

    private static FileInfo Beside([CallerFilePath] string thisFile = "") =>
        new(Path.Combine(Path.GetDirectoryName(thisFile)!, "benchmarks.csproj"));
}
