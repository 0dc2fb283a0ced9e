using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Holdfast.Benchmarks;

// A mutator changes every job, also those that the command line names.
var config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(OwnProjectFile.Toolchain).AsMutator());
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
