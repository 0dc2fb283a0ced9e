// Every build task by name: dotnet tool restore && dotnet cake --target=NAME [--configuration=Debug].

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");

const string Solution = "Holdfast.slnx";

Task("Clean")
    .Description("Deletes everything that was built.")
    .Does(() => CleanDirectory("artifacts"));

Task("Restore")
    .Description("Fetches the packages.")
    .Does(() => DotNetRestore(Solution));

Task("Build")
    .Description("Builds all projects; a warning is an error.")
    .IsDependentOn("Restore")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings
    {
        Configuration = configuration,
        NoRestore = true,
        MSBuildSettings = new DotNetMSBuildSettings { TreatAllWarningsAs = MSBuildTreatAllWarningsAs.Error },
    }));

Task("Test")
    .Description("Runs the tests; --filter=EXPRESSION chooses some, as with dotnet test.")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Solution, new DotNetTestSettings
    {
        Configuration = configuration,
        NoBuild = true,
        Filter = Argument("filter", ""),
    }));

Task("Format-Check")
    .Description("Fails when a file is not formatted as .editorconfig says; dotnet format mends it.")
    .IsDependentOn("Restore")
    .Does(() => DotNetFormat(Solution, new DotNetFormatSettings { VerifyNoChanges = true, NoRestore = true }));

Task("Benchmark")
    .Description("Runs the benchmarks, always in Release; --filter=GLOB chooses some, --job=short is quick.")
    .Does(() => Run("tests/benchmarks", new ProcessArgumentBuilder()
        .AppendSwitchQuoted("--filter", Argument("filter", "*"))
        .AppendSwitchQuoted("--job", Argument("job", "default"))));

Task("Native")
    .Description("Builds what dpdk ports need in C, for which Debian's gcc, meson, ninja-build, pkg-config and libdpdk-dev are needed; Build does it where they are.")
    .Does(() =>
    {
        var status = StartProcess("scripts/build-shim.sh");
        if (status != 0) throw new Exception($"the shim was not built: exit code {status}");
    });

Task("Test-Native")
    .Description("Runs the tests of dpdk ports.")
    .IsDependentOn("Native")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Solution, new DotNetTestSettings { Configuration = configuration, NoBuild = true, Filter = "FullyQualifiedName~Dpdk" }));

Task("Reference")
    .Description("Builds the reference in C, which needs Debian's gcc, pkg-config and libdpdk-dev.")
    .Does(() =>
    {
        var status = StartProcess("scripts/build-reference.sh");
        if (status != 0) throw new Exception($"the reference was not built: exit code {status}");
    });

Task("Evaluate")
    .Description("Measures real nodes and writes a report; --quick is short, --out=DIR and --only=NAME,NAME as scripts/evaluate.sh has them.")
    .Does(() =>
    {
        var arguments = new ProcessArgumentBuilder().Append("scripts/evaluate.sh");
        if (HasArgument("quick")) arguments.Append("--quick");
        foreach (var name in new[] { "out", "only" })
            if (HasArgument(name)) arguments.AppendSwitchQuoted($"--{name}", Argument<string>(name));
        var status = StartProcess("bash", new ProcessSettings { Arguments = arguments });
        if (status != 0) throw new Exception($"the evaluation ended with exit code {status}");
    });

Task("Demo")
    .Description("Kills a primary and shows that nothing is lost; --json prints one object.")
    .Does(() =>
    {
        var arguments = new ProcessArgumentBuilder().Append("demo");
        if (HasArgument("json")) arguments.Append("--json");
        Run("nfmgr", arguments);
    });

Task("Default")
    .IsDependentOn("Test");

RunTarget(target);

void Run(string project, ProcessArgumentBuilder arguments) =>
    DotNetRun(project, arguments, new DotNetRunSettings { Configuration = "Release" });
