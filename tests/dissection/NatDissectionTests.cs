using NUnit.Framework;

namespace Holdfast.Tests.Dissection;

/// <summary>
/// The NAT changes addresses, ports and checksums where tshark found them, and nothing else. Frames from the right were
/// recorded without a NAT, so they are first addressed to the outside, as whoever sent them would have seen the left:
/// they must come out as they were recorded, bit by bit.
/// </summary>
public sealed class NatDissectionTests
{
    [Test]
    public void Frames_are_translated_and_nothing_else_of_them_changes(
        [ValueSource(typeof(Captures), nameof(Captures.Names))] string name, [Values] bool swapped)
    {
        var capture = Captures.Load(name);
        var passage = new NatPassage();
        passage.Send(capture, swapped);
        TestContext.Out.WriteLine(passage);
        Assert.That(passage.Faults, Is.Empty, () => string.Join('\n', passage.Faults));
        // Else the test proves nothing.
        Assert.That(passage.Translated, Is.GreaterThan(name == "tcpdump" ? 0 : 20));
    }
}
