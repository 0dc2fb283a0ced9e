namespace Holdfast.Generator.Traffic;

/// <summary>
/// Says how many packets may be sent by now. They are sent in small bursts, because a wake-up per packet would take
/// the cores away from the chain that is measured.
/// </summary>
internal sealed class Pacer
{
    public const int MaxBurst = 64;

    private const long BurstTime = 100 * Time.Microsecond, MaxDebt = 10 * Time.Millisecond;

    // About half of what a wire's ring holds of small frames: making up for our own sleep must not fill it.
    private const int MaxDebtPackets = 6_000;

    private readonly double _perNanosecond;
    private readonly double _most;
    private readonly int _burst;
    private double _credit;
    private long _last;

    /// <param name="perSecond">Packets a second, above zero.</param>
    /// <param name="now">When to begin.</param>
    public Pacer(double perSecond, long now)
    {
        _perNanosecond = perSecond / Time.Second;
        _burst = (int)Math.Clamp(_perNanosecond * BurstTime, 1, MaxBurst);
        // What a longer sleep than this has missed is not made up for.
        _most = Math.Max(_burst, Math.Min(_perNanosecond * MaxDebt, MaxDebtPackets));
        _last = now;
    }

    /// <summary>When the next burst is due.</summary>
    public long Due => _last + (long)Math.Ceiling((_burst - _credit) / _perNanosecond);

    /// <summary>Packets that may be sent at this moment: none before a burst is due.</summary>
    public int Allowed(long now)
    {
        _credit = Math.Min(_credit + (now - _last) * _perNanosecond, _most);
        _last = now;
        return _credit < _burst ? 0 : Math.Min((int)_credit, MaxBurst);
    }

    public void Spend(int packets) => _credit -= packets;
}
