using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>A packet or tick that entered a chain.</summary>
/// <param name="Direction">Where it entered; ticks enter on the left.</param>
/// <param name="Frame">The frame; null for a tick.</param>
/// <param name="Time">In nanoseconds.</param>
/// <param name="Cause">The entry whose output had to be seen before this was sent; -1 for none.</param>
internal sealed record Entry(Direction Direction, byte[]? Frame, long Time, int Cause);

/// <summary>
/// What entered one NF, in the order of time, and what became of it; and how to enter it again in other orders that a
/// chain allows: each direction in its own order, no effect before its cause, and no packet longer on its way than a
/// time that is well below the grace of <see cref="NfLib.Flows.Aging"/>.
/// </summary>
internal sealed class CausalTrace : IDisposable
{
    /// <summary>In nanoseconds.</summary>
    public const long LongestWay = 700_000_000;

    private readonly Func<INetworkFunction> _create;
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<int, byte[]> _outputs = [];
    private readonly Player _first;

    public CausalTrace(Func<INetworkFunction> create)
    {
        _create = create;
        _first = new Player(create(), _outputs);
    }

    public int Count => _entries.Count;

    public int Passed => _outputs.Count;

    /// <summary>Enters a packet and tells what came out, or null.</summary>
    public byte[]? Enter(Direction direction, byte[] frame, long time, int cause) =>
        Add(new Entry(direction, frame, time, cause));

    public void Tick(long time) => Add(new Entry(Direction.LeftToRight, null, time, -1));

    /// <summary>Enters everything again in a random order that a chain allows. Says what came out
    /// differently.</summary>
    public IReadOnlyList<string> DifferencesInAnotherOrder(int seed)
    {
        var outputs = new Dictionary<int, byte[]>();
        using var player = new Player(_create(), outputs);
        foreach (var index in AnotherOrder(new Random(seed))) player.Play(index, _entries[index]);
        var differences = StateContent.Differences(_first.State, player.State).ToList();
        for (var i = 0; i < _entries.Count; i++)
        {
            var (one, other) = (_outputs.GetValueOrDefault(i), outputs.GetValueOrDefault(i));
            if (one is null != other is null || one is not null && !one.AsSpan().SequenceEqual(other))
                differences.Add($"entry {i} from the {_entries[i].Direction}: {Text(one)} / {Text(other)}");
        }

        return differences;

        static string Text(byte[]? frame) => frame is null ? "dropped" : Convert.ToHexString(frame);
    }

    public void Dispose() => _first.Dispose();

    private byte[]? Add(Entry entry)
    {
        _entries.Add(entry);
        _first.Play(_entries.Count - 1, entry);
        return _outputs.GetValueOrDefault(_entries.Count - 1);
    }

    private IEnumerable<int> AnotherOrder(Random random)
    {
        int[][] queues = [Indices(Direction.LeftToRight), Indices(Direction.RightToLeft)];
        var (next, done) = (new int[2], new HashSet<int> { -1 });
        var favoured = 0;
        while (next[0] < queues[0].Length || next[1] < queues[1].Length)
        {
            // Long runs of one direction, so that the other lags as far behind as it may.
            if (random.Next(20) == 0) favoured = random.Next(2);
            var chosen = MayGo(favoured) ? favoured : 1 - favoured;
            if (!MayGo(chosen)) throw new InvalidOperationException("neither direction may go on");
            var index = queues[chosen][next[chosen]++];
            done.Add(index);
            yield return index;
        }

        int[] Indices(Direction direction) =>
            [.. Enumerable.Range(0, _entries.Count).Where(i => _entries[i].Direction == direction)];

        bool MayGo(int direction)
        {
            if (next[direction] == queues[direction].Length) return false;
            var entry = _entries[queues[direction][next[direction]]];
            if (!done.Contains(entry.Cause)) return false;
            var other = 1 - direction;
            return next[other] == queues[other].Length
                   || entry.Time - _entries[queues[other][next[other]]].Time < LongestWay;
        }
    }

    private sealed class Player : IDisposable
    {
        private readonly InProcessChain _chain;

        public Player(INetworkFunction function, Dictionary<int, byte[]> outputs) =>
            _chain = new InProcessChain([function], (_, clock, frame) => outputs[(int)clock] = frame.ToArray());

        public ReadOnlySpan<byte> State => _chain.Blocks[0].Data;

        public void Play(int index, Entry entry)
        {
            if (entry.Frame is null)
            {
                _chain.Tick(entry.Time);
                return;
            }

            _chain.Send(entry.Direction, entry.Frame, entry.Time, (ulong)index);
            _chain.Run();
        }

        public void Dispose() => _chain.Dispose();
    }
}
