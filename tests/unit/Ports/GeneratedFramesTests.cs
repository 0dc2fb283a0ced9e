using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Generator;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Ports;

public sealed class GeneratedFramesTests
{
    private PacketPool _pool = null!;

    [SetUp]
    public void Make() => _pool = PacketPool.OnHeap(1);

    [TearDown]
    public void Free() => _pool.Dispose();

    [TestCase(60)]
    [TestCase(1514)]
    public void A_frame_is_a_datagram_of_the_length_and_has_its_stamp(int frameBytes)
    {
        new GeneratedFrames(1, frameBytes, fromLeft: true).Write(_pool, 0, stamp: 123_456_789_012);
        var frame = _pool.Frame(0);
        Assert.That(frame.Length, Is.EqualTo(frameBytes));
        Assert.That(PacketHeaders.TryParse(frame, out var headers), Is.True);
        Assert.That(headers.IpVersion, Is.EqualTo(4));
        Assert.That(GeneratedFrames.TryReadStamp(frame, out var stamp), Is.True);
        Assert.That(stamp, Is.EqualTo(123_456_789_012));
    }

    [TestCase(1)]
    [TestCase(64)]
    [TestCase(2000)]
    public void Flows_take_turns_and_there_are_as_many_as_asked_for(int flows)
    {
        var frames = new GeneratedFrames(flows, 60, fromLeft: true);
        var seen = Enumerable.Range(0, flows).Select(_ => Flow(frames)).ToList();
        Assert.That(seen.Distinct().Count(), Is.EqualTo(flows));
        Assert.That(Enumerable.Range(0, flows).Select(_ => Flow(frames)), Is.EqualTo(seen), "and again in the same order");
    }

    [Test]
    public void The_right_sides_flows_are_the_way_back_of_the_lefts()
    {
        var (left, right) = (new GeneratedFrames(3, 60, fromLeft: true), new GeneratedFrames(3, 60, fromLeft: false));
        for (var i = 0; i < 3; i++)
        {
            var (source, destination, sourcePort, destinationPort) = Flow(left);
            Assert.That(Flow(right), Is.EqualTo((destination, source, destinationPort, sourcePort)));
        }
    }

    [Test]
    public void A_mix_is_seven_small_four_middle_and_one_large()
    {
        var frames = new GeneratedFrames(1, 0, fromLeft: true);
        var lengths = Enumerable.Range(0, 24).Select(_ =>
        {
            frames.Write(_pool, 0, 0);
            return _pool.Frame(0).Length;
        }).CountBy(length => length).OrderBy(pair => pair.Key);
        Assert.That(lengths, Is.EqualTo(new[] { KeyValuePair.Create(60, 14), KeyValuePair.Create(590, 8), KeyValuePair.Create(1514, 2) }));
    }

    [Test]
    public void What_has_no_stamp_is_told_from_what_has()
    {
        Assert.That(GeneratedFrames.TryReadStamp(new byte[60], out _), Is.False);
        new GeneratedFrames(1, 60, fromLeft: true).Write(_pool, 0, 1);
        Assert.That(GeneratedFrames.TryReadStamp(_pool.Frame(0)[..50], out _), Is.False, "cut off in the stamp");
    }

    private (string Source, string Destination, int SourcePort, int DestinationPort) Flow(GeneratedFrames frames)
    {
        frames.Write(_pool, 0, 0);
        Assert.That(PacketHeaders.TryParse(_pool.Frame(0), out var headers), Is.True);
        return ($"{headers.Source}", $"{headers.Destination}", headers.SourcePort, headers.DestinationPort);
    }
}
