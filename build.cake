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
