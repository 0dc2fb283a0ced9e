using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Architecture;

/// <summary>What ShellCheck has to say about the scripts, and about the parts that they source.</summary>
public sealed class ScriptTests
{
    [TestCase(".ci/run")]
    [TestCase("scripts/failover-live.sh")]
    [TestCase("scripts/chaos.sh")]
    [TestCase("scripts/evaluate.sh")]
    [TestCase("scripts/build-reference.sh")]
    [TestCase("scripts/live-path.sh", "--exclude=SC2034")] // it does not use all that its parts offer
    public void ShellCheck_finds_nothing(string script, params string[] options)
    {
        var start = new ProcessStartInfo("shellcheck", ["--external-sources", "--check-sourced", .. options, script])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardOutput = true,
        };
        try
        {
            using var process = System.Diagnostics.Process.Start(start)!;
            var found = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(found, Is.Empty);
            Assert.That(process.ExitCode, Is.Zero);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("shellcheck is missing; install with: apt-get install shellcheck");
        }
    }
}
