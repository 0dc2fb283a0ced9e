namespace Holdfast.Replicator.Announcing;

/// <summary>
/// After a takeover, tells the network at one port where the stations behind it are now: for each an ARP announcement or
/// an unsolicited neighbour advertisement when its address is known, else a frame that only switches learn from. All of
/// it three times, because such frames are answered by nobody and may be lost.
/// </summary>
public sealed class Announcer(StationTable stations)
{
    /// <summary>Nanoseconds from the takeover to each round.</summary>
    private static readonly long[] Rounds = [0, 100_000_000, 1_000_000_000];

    private readonly (StationAddress Address, Station Station)[] _known = new (StationAddress, Station)[StationTable.Capacity];
    private int _count, _next, _round = Rounds.Length;
    private bool _advertise;
    private long _began;

    /// <summary>Room for one frame, in bytes.</summary>
    public const int MaxFrameBytes = AnnouncingFrames.MaxBytes;

    /// <summary>Begins with what is known now.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void Begin(long now)
    {
        _count = stations.CopyTo(_known);
        _began = now;
        _round = _next = 0;
        _advertise = false;
    }

    /// <summary>The next frame to send, if one is due.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="frame">Room for <see cref="MaxFrameBytes"/>.</param>
    /// <param name="length">Bytes written.</param>
    public bool TryNext(long now, Span<byte> frame, out int length)
    {
        length = 0;
        if (_round == Rounds.Length || now - _began < Rounds[_round]) return false;
        if (_next == _count)
        {
            _round++;
            _next = 0;
            return TryNext(now, frame, out length); // at most once for each round
        }

        var (address, station) = _known[_next];
        var hasIPv6 = (station.IPv6High | station.IPv6Low) != 0;
        length = _advertise ? AnnouncingFrames.WriteAdvertisement(frame, address, station)
            : station.IPv4 != 0 ? AnnouncingFrames.WriteGratuitousArp(frame, address, station.IPv4)
            : hasIPv6 ? AnnouncingFrames.WriteAdvertisement(frame, address, station)
            : AnnouncingFrames.WriteLearning(frame, address);
        // A station with an address of each kind gets a frame of each.
        _advertise = !_advertise && station.IPv4 != 0 && hasIPv6;
        if (!_advertise) _next++;
        return true;
    }
}
