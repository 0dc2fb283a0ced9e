using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;

namespace Holdfast.CrashTests;

/// <summary>What happens to the chain next: some frames at once, from one or both sides; then a tick, and a barrier.</summary>
internal sealed record Step(IReadOnlyList<(Direction Direction, byte[] Frame)> Frames, long Time, bool Ticks, bool Closes, bool Joins);

/// <summary>
/// Flows that begin on the left, answers to where the NAT put them, packets back to the left through it, and strangers
/// from the right. Made once, by a run without deaths, since the answers depend on what comes out.
/// </summary>
internal static class Traffic
{
    public const long Start = 1_767_225_600_000_000_000;

    private const uint Inside = 0x0A00_0001, Outside = 0xC633_6401, Server = 0xC000_0235;
    private const ulong Mac = 0x02_00_00_00_00_01;

    /// <summary>Steps whose frames are answered from the outputs that <paramref name="run"/> gives for them.</summary>
    public static List<Step> Record(Func<Step, IEnumerable<(Direction Direction, byte[] Frame)>> run)
    {
        var random = new Random(4);
        var steps = new List<Step>();
        var mapped = new List<(uint Address, ushort Port)>();
        var time = Start;
        for (var i = 0; i < 12; i++)
        {
            time += i == 9 ? 30_000_000_000 : 20_000_000; // once everything expires
            var frames = new List<(Direction, byte[])>();
            for (var n = random.Next(4, 44); n > 0; n--)
            {
                // Sometimes to the NAT's own outside: it turns the packet back to the left.
                var hairpin = mapped.Count > 0 && random.Next(8) == 0;
                var (address, port) = hairpin ? mapped[random.Next(mapped.Count)] : (Server, (ushort)53);
                frames.Add((Direction.LeftToRight, SampleDatagram.Build(Mac, Mac, Inside + (uint)random.Next(6), (ushort)(4000 + random.Next(8)), address, port)));
            }

            foreach (var (_, port) in mapped.Take(20)) frames.Add((Direction.RightToLeft, SampleDatagram.Build(Mac, Mac, Server, 53, Outside, port)));
            if (i % 2 == 1) frames.Add((Direction.RightToLeft, SampleDatagram.Build(Mac, Mac, Server, 53, Outside, 1))); // nobody asked
            var step = new Step(frames, time, Ticks: i % 3 == 0, Closes: i % 2 == 0 || i == 11, Joins: i == 4);
            steps.Add(step);
            mapped.Clear();
            foreach (var (direction, frame) in run(step))
            {
                if (direction != Direction.LeftToRight) continue;
                var ip = frame.AsSpan(Ethernet.HeaderBytes);
                mapped.Add((BinaryPrimitives.ReadUInt32BigEndian(ip[12..]), BinaryPrimitives.ReadUInt16BigEndian(ip[20..])));
            }
        }

        return steps;
    }
}
