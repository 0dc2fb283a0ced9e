using System.Buffers.Binary;
using System.Net;
using Holdfast.Generator.Capture;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

/// <summary>A capture is sorted into whole flows, and what is none is left out.</summary>
public sealed class CapturedFlowsTests
{
    [Test]
    public void The_capture_has_every_kind_of_flow()
    {
        var kinds = MixedCapture.Flows().Flows.Select(f => (f.Key.Kind, f.Key.IsV6)).Distinct();

        Assert.That(kinds, Is.EquivalentTo(
            from kind in new[] { PacketKind.Tcp, PacketKind.Udp, PacketKind.Echo }
            from isV6 in new[] { false, true }
            select (kind, isV6)));
    }

    [Test]
    public void Every_IP_frame_but_neighbour_discovery_and_multicast_belongs_to_a_flow()
    {
        var flows = MixedCapture.Flows();
        int chatter = MixedCapture.Frames().Count(f => ToyPacket.Of(f) is not { } p
            || (p.IsV6 && p.Protocol is 0)                       // listener reports have a hop-by-hop option
            || (p.Protocol is 58 && f[p.Transport] > 129));

        Assert.That((flows.Frames, flows.Skipped), Is.EqualTo((MixedCapture.Frames().Count, chatter)));
        Assert.That(flows.Flows.Sum(f => f.Steps.Count), Is.EqualTo(flows.Frames - flows.Skipped));
        Assert.That(flows.LongestFrame, Is.EqualTo(1_514));
    }

    [Test]
    public void Flows_start_with_the_client_and_errors_follow_what_they_answer()
    {
        var flows = MixedCapture.Flows().Flows;

        Assert.That(flows.Select(f => f.Steps[0].FromClient), Is.All.True);
        var answered = flows.Where(f => f.Steps[^1].Layout.IsError).ToList();
        Assert.That(answered, Has.Count.GreaterThanOrEqualTo(4));
        Assert.That(answered.Select(f => (f.Key.Kind, f.Steps.Count, f.Steps[^1].FromClient)),
            Is.All.EqualTo((PacketKind.Udp, 2, false)));
    }

    [Test]
    public void Tagged_frames_make_the_same_flows()
    {
        var tagged = MixedCapture.Frames().Select(f => (byte[])[.. f[..12], 0x81, 0, 0, 7, .. f[12..]]);

        var flows = MixedCapture.FlowsOf(tagged);

        Assert.That(flows.Flows.Select(f => f.Key), Is.EqualTo(MixedCapture.Flows().Flows.Select(f => f.Key)));
        Assert.That(flows.Flows.SelectMany(f => f.Steps).Select(s => s.Layout.VlanId), Is.All.EqualTo(7));
    }

    [Test]
    public void The_rest_of_a_connection_and_what_a_server_starts_are_left_out()
    {
        var frames = MixedCapture.Frames();
        byte[] opening = frames.First(f => ToyPacket.Of(f) is { Protocol: 6 });

        var flows = MixedCapture.FlowsOf(frames.SkipWhile(f => f.AsSpan().SequenceEqual(opening) is false).Skip(1));

        Assert.That(flows.Flows.Select(f => f.Steps[0].FromClient), Is.All.True);
        Assert.That(flows.Flows.Where(f => f.Key.Kind == PacketKind.Tcp).Select(f => f.Steps[0].Frame.Length),
            Is.All.GreaterThan(66), "each starts with a SYN, which has options");
    }

    [Test]
    public void Fragments_are_left_out()
    {
        byte[] fragment = [.. MixedCapture.Frames().First(f => ToyPacket.Of(f) is { Protocol: 17, IsV6: false })];
        fragment[20] |= 0x20;

        Assert.That(() => MixedCapture.FlowsOf(fragment), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void A_capture_without_such_a_client_is_refused() => Assert.That(
        () => CapturedFlows.Load(MixedCapture.FilePath, IPAddress.Parse("10.99.0.1")),
        Throws.TypeOf<InvalidDataException>().With.Message.Contains("10.99.0.1").And.Message.Contains("mixed.pcap"));

    [Test]
    public void Sliced_frames_are_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] file = File.ReadAllBytes(MixedCapture.FilePath);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24 + 12), 9_000);
            File.WriteAllBytes(path, file);
            Assert.That(() => CapturedFlows.Load(path, MixedCapture.Clients), Throws.TypeOf<InvalidDataException>()
                .With.Message.Contains("frame 1 ").And.Message.Contains("tcpdump -s 0"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Clients_have_addresses_of_their_own_in_each_round()
    {
        foreach (var client in MixedCapture.Clients)
        {
            var captured = IpAddressBits.Of(client);
            bool isV6 = captured > uint.MaxValue;
            int rounds = CapturePlayer.DistinctRounds;
            var addresses = Enumerable.Range(0, rounds).Select(r => RoundAddress.Of(captured, isV6, r));
            Assert.That(addresses.Append(captured).Distinct().Count(), Is.EqualTo(rounds + 1));
        }

        Assert.That(CapturePlayer.DistinctRounds, Is.GreaterThanOrEqualTo(40_000));
        Assert.That(RoundAddress.Of(0x0a0a0002, false, 251), Is.EqualTo((UInt128)0x0a110102), "10.17.1.2");
    }
}
