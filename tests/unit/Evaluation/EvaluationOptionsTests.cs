using Holdfast.Evaluation;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class EvaluationOptionsTests
{
    private static readonly string[] Experiments = ["throughput", "latency", "parts"];

    [Test]
    public void Everything_runs_unless_told_otherwise()
    {
        var options = EvaluationOptions.Parse([], Experiments);
        Assert.That((options.Quick, options.Kills), Is.EqualTo((false, 100)));
        Assert.That(options.Only, Is.EqualTo(Experiments));
        Assert.That(options.Directory, Does.EndWith("artifacts/evaluation"));
    }

    [Test]
    public void Chosen_experiments_run_in_the_reports_order()
    {
        var options = EvaluationOptions.Parse(["--quick", "--only", "parts,throughput", "--kills", "3"], Experiments);
        Assert.That(options.Only, Is.EqualTo(["throughput", "parts"]));
        Assert.That((options.Quick, options.Kills), Is.EqualTo((true, 3)));
    }

    [TestCase("--only nothing", "there is no such experiment")]
    [TestCase("--fast", "is not an option")]
    [TestCase("--out", "needs a value")]
    [TestCase("--kills 0", "1 to 100000")]
    public void What_is_wrong_is_named(string arguments, string message) =>
        Assert.That(() => EvaluationOptions.Parse(arguments.Split(' '), Experiments), Throws.TypeOf<FormatException>().With.Message.Contains(message));
}
