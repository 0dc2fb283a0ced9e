using Holdfast.NfLib.Rings;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A chain of three with a villain among them, busy until somebody is accused; that must be the villain, and every
/// buffer must be given back.</summary>
public abstract class HostileFixture(int hostile)
{
    protected const int InputToRight = 0, InputToLeft = 1, OutputToRight = 2, OutputToLeft = 3, Returns = 4;
    protected const long Second = 1_000_000_000;
    private HostileChain _chain = null!;
    private ChainFaultException? _found;

    private protected HostileChain Chain => _chain;

    protected int Hostile => hostile;

    [SetUp]
    public void MakeChain() => _chain = new HostileChain(functions: 3, hostile).Protect();

    /// <summary>From the start again, and no barriers.</summary>
    protected void WithoutStandby() => _chain.Restart();

    [TearDown]
    public void Free()
    {
        Assert.That(_chain.Broken(), Is.Null);
        _chain.Dispose();
    }

    protected void Busy(int rounds = 20)
    {
        for (var i = 0; i < rounds; i++)
        {
            _chain.Send(9, 9);
            _chain.Step();
        }
    }

    /// <summary>Traffic on one side until the fault is found.</summary>
    protected void Run(int side, Func<Descriptor, Descriptor[]> instead, Action? before = null)
    {
        _chain.Villain.Instead = instead;
        try
        {
            for (var i = 0; i < 400; i++)
            {
                before?.Invoke();
                _chain.Send(side == 0 ? 20 : 1, side == 0 ? 1 : 20);
                _chain.Step();
            }
        }
        catch (ChainFaultException fault)
        {
            _found = fault;
        }
    }

    protected void AssertNamed(string what, bool villainActs = true)
    {
        try
        {
            if (_found is null) _chain.Send(5, 5);
            if (_found is null) _chain.Wait(5 * Second, villainActs);
        }
        catch (ChainFaultException fault)
        {
            _found = fault;
        }

        var found = _found;
        _found = null;
        Assert.That(found, Is.Not.Null, "nobody was accused");
        Assert.That(found!.Function, Is.EqualTo(hostile), found.Message);
        Assert.That(found.What, Does.Contain(what));
        AssertHalted();
    }

    protected void AssertHalted()
    {
        Assert.That(_chain.Board.IsHalted, Is.True);
        Assert.That(_chain.Table.Free, Is.EqualTo(HostileChain.Buffers), "every buffer was given back");
        var sent = _chain.Left.Sent + _chain.Right.Sent;
        _chain.Send(5, 5);
        Assert.That(() => _chain.Wait(Second), Throws.Nothing);
        Assert.That(_chain.Left.Sent + _chain.Right.Sent, Is.EqualTo(sent), "nothing is sent any more");
        Assert.That(_chain.Root.HasWork, Is.False);
    }
}
