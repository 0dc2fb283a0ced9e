using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Generator;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Ports;

/// <summary>Two generator ports, and the test as the root with an empty chain between them.</summary>
public sealed class GeneratorPortTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private PacketPool _pool = null!;
    private GeneratorPort _left = null!, _right = null!;
    private ulong _forwarded;

    [SetUp]
    public void Make()
    {
        _pool = PacketPool.OnHeap(64);
        _left = new GeneratorPort(0, 4, 60, fromLeft: true);
        _right = new GeneratorPort(0, 4, 60, fromLeft: false);
        foreach (var port in new[] { _left, _right }) port.Open(_pool);
        _forwarded = 0;
    }

    [TearDown]
    public void Free()
    {
        _left.Dispose();
        _right.Dispose();
        _pool.Dispose();
    }

    [Test]
    public void Nothing_comes_without_a_load()
    {
        Assert.That(_left.HasWaiting, Is.False);
        Assert.That(Step(), Is.Zero);
    }

    [Test]
    public void A_measurement_has_what_happened_within_it()
    {
        Change(GeneratorPort.MaxRate);
        Assert.That(_left.HasWaiting, Is.True);
        for (var i = 0; i < 100; i++) Step();
        var (left, right) = Change(0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(left.Rate, Is.EqualTo(GeneratorPort.MaxRate));
            Assert.That(left.Nanoseconds, Is.Positive);
            Assert.That(left.Taken, Is.EqualTo(_forwarded).And.Positive);
            Assert.That(left.Sent, Is.Zero, "nothing came from the right");
            Assert.That(right.Sent, Is.EqualTo(_forwarded));
            Assert.That(right.Latencies.Count, Is.EqualTo((long)_forwarded));
            Assert.That(right.Latencies.Percentile(0.5), Is.Positive);
        }

        Step();
        Assert.That(Change(0).Left.Taken, Is.Zero, "the next one begins at nothing");
    }

    [Test]
    public void What_the_root_does_not_take_in_time_is_missed()
    {
        Change(GeneratorPort.MaxRate);
        Step();
        Thread.Sleep(5); // five million are due, and 4,096 wait
        Step();
        Assert.That(Change(0).Left.Missed, Is.GreaterThan(1_000_000UL));
    }

    [Test]
    public void A_root_that_takes_nothing_is_told_of() =>
        Assert.That(() => _left.Measure(1, TimeSpan.FromMilliseconds(20)), Throws.TypeOf<TimeoutException>().With.Message.Contains("rules"));

    [Test]
    public void A_load_costs_no_allocation()
    {
        Change(GeneratorPort.MaxRate);
        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Step();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>As the root does it: takes in on the left, and sends on the right.</summary>
    private int Step()
    {
        Span<uint> buffers = stackalloc uint[32];
        for (var i = 0; i < buffers.Length; i++) buffers[i] = (uint)i;
        var count = _left.Receive(_pool, buffers);
        _right.Receive(_pool, []);
        foreach (var buffer in buffers[..count])
        {
            if (_right.Send(_pool, buffer, _pool.Frame(buffer), 1, 0, 1) == SendOutcome.Sent) _forwarded++;
        }

        Flush();
        return count;
    }

    /// <summary>The end of a root's step.</summary>
    private void Flush()
    {
        _left.Flush();
        _right.Flush();
    }

    /// <summary>From another thread, as the control connection does it, while the root goes on.</summary>
    private (Measurement Left, Measurement Right) Change(long leftRate)
    {
        var change = Task.Run(() => (_left.Measure(leftRate, Patience), _right.Measure(0, Patience)));
        // Without taking anything in: the test counts what it took.
        while (!change.IsCompleted)
        {
            _left.Receive(_pool, []);
            _right.Receive(_pool, []);
            Flush();
        }

        return change.Result;
    }
}
