using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Peers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

/// <summary>What is read of what other programs and the kernel say.</summary>
public sealed class PeerOutputTests
{
    private const string Said = """
          ---------------------- Forward statistics for port 0  ----------------------
          RX-packets: 4801344        RX-dropped: 0             RX-total: 4801344
          TX-packets: 4801344        TX-dropped: 0             TX-total: 4801344
          +++++++++++++++ Accumulated forward statistics for all ports+++++++++++++++
          RX-packets: 9602690        RX-dropped: 0             RX-total: 9602690
          TX-packets: 9602688        TX-dropped: 2             TX-total: 9602690
        """;

    [Test]
    public void Testpmd_sent_what_all_its_ports_did() => Assert.That(Testpmd.Sent(Said), Is.EqualTo(9_602_688));

    [Test]
    public void Testpmd_without_statistics_is_noticed() => Assert.That(Testpmd.Sent("EAL: Error"), Is.Null);

    [Test]
    public void A_programs_name_can_hold_anything() =>
        Assert.That(ProcessorTime.TicksOf("42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 17 25 0 0 20 0 1 0 1 2 3"), Is.EqualTo(42));
}
