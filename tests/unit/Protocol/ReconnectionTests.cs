using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>Connections that break, come twice, or come back with old news.</summary>
public sealed class ReconnectionTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A);

    [Test]
    public void An_answer_to_what_went_over_an_earlier_connection_counts()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Core.OnCompleted(4);
        ruler.Break();

        // The standby greeted before it read 3 and 4 from the earlier connection, and this one has no room for all of them.
        ruler.World.HasRoom = false;
        ruler.MeetPeer(NodeRole.Eligible, First, staged: 2);
        ruler.Hear(MessageType.Prepared, First, 4);
        Assert.That(ruler.Core.Prepared, Is.EqualTo(4));
        Assert.That(ruler.Core.IsConnected, Is.True);

        ruler.Break();
        ruler.MeetPeer(NodeRole.Eligible, First, staged: 4);
        Assert.That(ruler.Core.IsConnected, Is.True, "the standby that has what was sent must be let in again");
        ruler.World.HasRoom = true;
        ruler.World.Take();
        ruler.Core.OnCompleted(5);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["send Prepare 5 in term 1a"]));
    }
}
