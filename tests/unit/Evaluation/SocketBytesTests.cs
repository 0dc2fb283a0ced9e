using Holdfast.Evaluation.Peers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class SocketBytesTests
{
    private const string Said = """
        0      0      127.0.0.1:48109 127.0.0.1:55990 cubic wscale:10,10 rto:204 rtt:0.021/0.012 cwnd:11 bytes_sent:1000 bytes_retrans:10 bytes_acked:991 bytes_received:20 segs_out:2
        0      0      127.0.0.1:55990 127.0.0.1:48109 cubic wscale:10,10 rto:204 bytes_sent:20 bytes_acked:20 bytes_received:1000
        0      0      127.0.0.1:55991 127.0.0.1:48109 cubic wscale:10,10 rto:204 rtt:0.03/0.01
        """;

    [Test]
    public void Both_ends_sent_what_they_sent_and_who_was_silent_nothing() => Assert.That(SocketBytes.Sum(Said), Is.EqualTo(1020));

    [Test]
    public void Without_connections_nothing_was_sent() => Assert.That(SocketBytes.Sum(""), Is.Zero);
}
