using Holdfast.Tests.Unit.Chains;
using NUnit.Framework;
using Monitor = Holdfast.Chains.Monitor.Monitor;

namespace Holdfast.Tests.Dissection;

/// <summary>The monitor forwards every frame there is, as it came.</summary>
public sealed class MonitorDissectionTests
{
    [Test]
    public void Every_frame_comes_out_as_it_went_in(
        [ValueSource(typeof(Captures), nameof(Captures.Names))] string name, [Values] bool swapped)
    {
        var capture = Captures.Load(name);
        using var run = new NfRun(new Monitor(new()));
        foreach (var (i, fromLeft) in capture.FromLeft(swapped).Index())
        {
            var frame = capture.Frames[i];
            var outcome = fromLeft ? run.FromLeft(frame, i / 1000.0) : run.FromRight(frame, i / 1000.0);
            Assert.That(outcome.Frame, Is.EqualTo(frame), capture.Names[i]);
        }
    }
}
