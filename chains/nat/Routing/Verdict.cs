using Holdfast.NfLib.Functions;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>What becomes of a packet. A reason why it is dropped is one too.</summary>
internal readonly struct Verdict
{
    private readonly byte _kind;
    private readonly DropReason _reason;

    private Verdict(byte kind, DropReason reason)
    {
        _kind = kind;
        _reason = reason;
    }

    public static Verdict Forward => new(1, default);

    public static Verdict TurnBack => new(2, default);

    public static implicit operator Verdict(DropReason reason) => new(0, reason);

    public void Apply(Batch batch, in Packet packet)
    {
        if (_kind == 1) batch.Forward(packet);
        else if (_kind == 2) batch.TurnBack(packet);
        else batch.Drop(packet, _reason);
    }
}
