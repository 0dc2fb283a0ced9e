using System.Text.Json;
using Holdfast.Chains.Limiter;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Examples;

public sealed class LimiterTests
{
    private const long Start = 1_767_225_600_000_000_000, Second = 1_000_000_000;

    [Test]
    public void A_host_that_sent_its_packets_waits_for_the_next_second()
    {
        var passed = 0;
        using var chain = new InProcessChain([new Limiter(new LimiterSettings(3, 8))], (_, _, _) => passed++);
        for (var i = 0; i < 5; i++) Send("10.0.0.1", Start + i);
        Assert.That(passed, Is.EqualTo(3));
        Send("10.0.0.2", Start + 5);
        Assert.That(passed, Is.EqualTo(4), "every host has its own limit");
        Send("10.0.0.1", Start + Second);
        Assert.That(passed, Is.EqualTo(5));
        chain.Tick(Start + 3 * Second);
        var state = StateContent.Describe(chain.Blocks[0].Data);
        Assert.That(state, Has.None.Contains("hosts["), "idle hosts are forgotten");

        void Send(string host, long time) =>
            chain.Process(Direction.LeftToRight, new TestFrame { Source = host }.Build(), time);
    }

    [Test]
    public void A_misspelt_setting_is_refused()
    {
        using var json = JsonDocument.Parse("""{ "packetPerSecond": 3 }""");
        Assert.That(() => LimiterSettings.Parse(json.RootElement),
            Throws.TypeOf<NfSettingsException>().With.Message.Contains("packetsPerSecond"));
    }
}
