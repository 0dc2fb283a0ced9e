using Holdfast.Generator;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

public sealed class CommandTests
{
    [Test]
    public void A_load_command_has_defaults()
    {
        var command = Command.Parse("""{"do":"load","rate":1000,"seconds":2.5}""");
        var expected = new Command { Do = "load", Rate = 1000, Seconds = 2.5, FrameBytes = 64, Flows = 64 };
        Assert.That(command, Is.EqualTo(expected));
    }

    [TestCase("""{"do":"explode"}""", "do is explode; it must be load, play, stop or status")]
    [TestCase("""{"do":"load","rate":-1}""", "rate is -1")]
    [TestCase("""{"do":"load","rate":1,"frameBytes":40}""", "frameBytes is 40; it must be 60 to 1514")]
    [TestCase("""{"do":"load","flows":0}""", "flows is 0")]
    [TestCase("""{"do":"load","seconds":0}""", "seconds is 0")]
    [TestCase("""{"do":"play","captureRoundsPerSecond":-2}""", "captureRoundsPerSecond is -2")]
    [TestCase("""{"do":"stop","drainMilliseconds":-1}""", "drainMilliseconds is -1")]
    [TestCase("""{"do":"load","speed":3}""", "speed")]
    [TestCase("""{"rate":3}""", "do")]
    [TestCase("load", "not understood")]
    [TestCase("null", "empty")]
    public void A_bad_command_is_refused_with_what_is_wrong(string line, string words) =>
        Assert.That(() => Command.Parse(line), Throws.TypeOf<FormatException>().With.Message.Contains(words));
}
