using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Nat;

/// <summary>Frames that go the usual way through a NAT: out, in, and for a router by way of its next hop.</summary>
internal static class WarmUpTraffic
{
    private const ulong InsideMac = 0x0200_0000_0001, OutsideMac = 0x0200_0000_0002;

    public static IReadOnlyList<WarmUpFrame> Of(NatSettings settings)
    {
        var (routing, own) = (settings.Routing, settings.OutsideNumber);
        var virtualMac = routing?.VirtualMac ?? 0;
        var inside = routing?.Inside.AnotherHost ?? own ^ 1;
        var outside = routing is { NextHop: not 0 } ? routing.NextHop : routing?.Outside.AnotherHost ?? own ^ 1;
        var question = new WarmUpFrame(true,
            SampleDatagram.Build(InsideMac, virtualMac, inside, 1024, outside, 53));
        var answer = new WarmUpFrame(false,
            SampleDatagram.Build(OutsideMac, virtualMac, outside, 53, own, (ushort)settings.PortBase));
        return routing is null
            ? [question, answer]
            : [question, answer, Arp(false, isRequest: false), question, answer, Arp(false, true), Arp(true, true)];

        WarmUpFrame Arp(bool fromLeft, bool isRequest)
        {
            var message = new ArpMessage
            {
                IsRequest = isRequest,
                SenderMac = fromLeft ? InsideMac : OutsideMac,
                SenderAddress = fromLeft ? inside : outside,
                TargetMac = virtualMac,
                TargetAddress = fromLeft ? routing.Inside.Address : own,
            };
            var frame = new byte[ArpMessage.FrameBytes];
            message.Write(frame, virtualMac);
            return new WarmUpFrame(fromLeft, frame);
        }
    }
}
