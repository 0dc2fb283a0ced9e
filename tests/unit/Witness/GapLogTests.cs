using System.Text;
using Holdfast.Witness;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Witness;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GapLogTests
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _written = new();

    [Test]
    public void Silences_over_the_threshold_are_written_with_their_end_and_length()
    {
        using (var gaps = Open())
        {
            foreach (var milliseconds in new[] { 5, 20, 21, 3, 250, 10 })
            {
                _clock.Advance(milliseconds);
                gaps.Heard();
            }

            Assert.That(gaps.Longest, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        }

        Assert.That(Lines, Is.EqualTo(["1046.0 21.0", "1299.0 250.0"]));
    }

    [Test]
    public void The_silence_before_the_first_and_after_the_last_word_counts()
    {
        using (var gaps = Open())
        {
            _clock.Advance(100);
            gaps.Heard();
            _clock.Advance(200);
        }

        Assert.That(Lines, Is.EqualTo(["1100.0 100.0", "1300.0 200.0"]));
    }

    [Test]
    public void A_step_of_the_wall_clock_is_no_silence()
    {
        using (var gaps = Open())
        {
            _clock.Wall += TimeSpan.FromHours(1);
            gaps.Heard();
        }

        Assert.That(Lines, Is.Empty);
    }

    [Test]
    public void Only_lines_with_the_sign_are_signs_of_life_and_all_are_copied()
    {
        var output = new StringWriter();
        var input = new Speech(_clock, (50, "64 bytes time=1"), (60, "no answer"), (70, "64 bytes time=2"));
        using (var gaps = Open()) Assert.That(Watches.Lines(input, output, " time=", gaps), Is.EqualTo(2));
        Assert.That(Lines, Is.EqualTo(["1050.0 50.0", "1180.0 130.0"]));
        Assert.That(output.ToString(), Is.EqualTo("64 bytes time=1\nno answer\n64 bytes time=2\n"));
    }

    [Test]
    public void Bytes_are_counted_and_hashed()
    {
        using var gaps = Open();
        // FIPS 180-2, B.1
        Assert.That(Watches.Bytes(new MemoryStream(Encoding.ASCII.GetBytes("abc")), gaps),
            Is.EqualTo((3L, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    }

    private GapLog Open() => new(_written, _clock, TimeSpan.FromMilliseconds(20));

    private string[] Lines => _written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private sealed class Speech(ManualClock clock, params (int Milliseconds, string Line)[] lines) : TextReader
    {
        private int _next;

        public override string? ReadLine()
        {
            if (_next == lines.Length) return null;
            clock.Advance(lines[_next].Milliseconds);
            return lines[_next++].Line;
        }
    }
}
