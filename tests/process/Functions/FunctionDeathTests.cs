using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>NFs that end themselves in the middle of a batch, each in its own way.</summary>
public sealed class FunctionDeathTests : FunctionFixture
{
    [TestCase("throw", "InvalidOperationException: mischief")]
    [TestCase("crash", "signal")]
    [TestCase("overflow", "signal")]
    [TestCase("failfast", "signal 6")]
    [TestCase("exit", "exit code 3")]
    [TestCase("hang-up", "")]
    [TestCase("chatter", "said something on its control connection")]
    public void An_NF_that_ends_is_succeeded_and_its_cause_of_death_is_told(string act, string cause)
    {
        StartChain();
        var before = Misbehave(act);
        var after = WaitUntilSucceeded(before);
        Assert.That(after.LastDeath!.Cause, Does.Contain(cause));
        Assert.That(after.ProcessId, Is.EqualTo(before.TwinProcessId));
        AssertNothingLost();
    }
}
