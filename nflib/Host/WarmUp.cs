using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Host;

/// <summary>
/// Runs an NF's code on scratch memory before its process goes to sleep, because the first batch in a fresh process
/// takes tens of milliseconds to compile, and a takeover can't wait for that.
/// </summary>
internal static class WarmUp
{
    private const int Rounds = 2_000;

    /// <param name="scratch">Another instance of the NF, never the one that will work.</param>
    /// <returns>Layout of the state that it declares.</returns>
    public static ulong Run(INetworkFunction scratch)
    {
        using var chain = new InProcessChain([scratch], static (_, _, _) => { }, batchCommit: true);
        var layout = StateDirectory.LayoutHash(chain.Blocks[0].Data);
        var frames = (scratch as IWarmUpTraffic)?.WarmUpFrames ?? Datagrams();
        var time = 1_000_000_000L;
        for (var round = 0; round < Rounds; round++)
        {
            time += 1_000_000;
            var (fromLeft, frame) = frames[round % frames.Count];
            chain.Process(fromLeft ? Direction.LeftToRight : Direction.RightToLeft, frame, time);
        }

        return layout;
    }

    /// <summary>Questions and answers between addresses for documentation (RFC 5737).</summary>
    private static List<WarmUpFrame> Datagrams()
    {
        const uint Inside = 0xC000_0201, Outside = 0xC633_6401;
        var frames = new List<WarmUpFrame>();
        for (ushort port = 1024; port < 1049; port++)
        {
            frames.Add(new WarmUpFrame(true, SampleDatagram.Build(0, 0, Inside, port, Outside, 53)));
            frames.Add(new WarmUpFrame(false, SampleDatagram.Build(0, 0, Outside, 53, Inside, port)));
        }

        return frames;
    }
}
