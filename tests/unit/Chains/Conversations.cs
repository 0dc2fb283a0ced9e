using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>
/// Hosts on the left that talk with hosts on the right, in rounds with pauses around the time-outs between them. A
/// round of two hosts begins with one packet; when that gets through, both send at once, with or without having seen
/// what the other sent meanwhile, and no longer than a packet may be on its way.
/// </summary>
internal sealed class Conversations(CausalTrace trace, int seed, bool rightBegins)
{
    private const long Millisecond = 1_000_000;

    private readonly Random _random = new(seed);
    private long _now = NfRun.Start;
    private long _lastTick = NfRun.Start;

    public void Run(int hosts, int rounds)
    {
        var all = Enumerable.Range(0, hosts).Select(NewConversation).ToArray();
        for (var i = 0; i < rounds; i++)
        {
            // Conversations overlap, with their packets in any order.
            var talking = all.OrderBy(_ => _random.Next()).Take(_random.Next(1, 6)).ToArray();
            foreach (var conversation in talking) conversation.Begin(_random, rightBegins);
            for (var packet = _random.Next(1, 60); packet > 0; packet--)
            {
                Pass(_random.Next(0, 60));
                Send(talking[_random.Next(talking.Length)]);
            }

            // Longer than a packet is on its way: what was sent in this round is over in the next.
            Pass(CausalTrace.LongestWay / Millisecond + _random.Next(_random.Next(1, 5000)));
        }
    }

    private void Pass(long milliseconds)
    {
        _now += milliseconds * Millisecond + _random.Next(1000);
        // As the harness does it: only the last of the ticks that were due.
        if (_now - _lastTick < 10 * Millisecond) return;
        _lastTick = _now / (10 * Millisecond) * (10 * Millisecond);
        trace.Tick(_lastTick);
    }

    private void Send(Conversation conversation)
    {
        // What they send at once must not be an idle time apart, or it would depend on the order whether the session
        // was taken up again by one or refused to the other.
        if (_now - conversation.LastTime > 500 * Millisecond && !conversation.IsFirst) conversation.IsOver = true;
        if (conversation.IsOver) return;
        var direction = conversation.IsFirst ? conversation.Opener : (Direction)_random.Next(2);
        if (conversation.Next(direction, _random) is not { } frame) return;
        var index = trace.Count;
        var output = trace.Enter(direction, frame.Build(), _now, conversation.CauseOf(direction, _random));
        conversation.Sent(index, direction, _now, output);
    }

    private static Conversation NewConversation(int number)
    {
        byte[] protocols = [IpProtocols.Udp, IpProtocols.Tcp, IpProtocols.Tcp, IpProtocols.Icmp];
        return new Conversation(number, protocols[number % protocols.Length], isIPv6: number % 3 == 2);
    }
}
