using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;

namespace Holdfast.Judge;

/// <summary>The same NFs in one process, without failures: says what one input should have led to.</summary>
internal sealed class ReferenceChain : IDisposable
{
    private readonly InProcessChain _chain;
    private readonly byte[] _output = new byte[PacketPool.MaxFrameBytes];
    private int _length = -1;
    private Direction _direction;

    /// <param name="functions">The NFs from left to right.</param>
    /// <param name="seeds">Seeds of their random sources.</param>
    public ReferenceChain(IReadOnlyList<INetworkFunction> functions, IReadOnlyList<ulong> seeds) =>
        _chain = new InProcessChain(functions, Keep, seeds);

    /// <summary>The NFs' state, from left to right.</summary>
    public IReadOnlyList<StateBlock> Blocks => _chain.Blocks;

    /// <summary>Takes one frame through the chain.</summary>
    /// <returns>Whether it came out at the other end; then <paramref name="output"/> is what came, until the next
    /// call.</returns>
    public bool TryProcess(
        Direction direction, ReadOnlySpan<byte> frame, long time, ulong clock, out ReadOnlySpan<byte> output)
    {
        _length = -1;
        _chain.Send(direction, frame, time, clock);
        _chain.Run();
        output = _length < 0 ? default : _output.AsSpan(0, _length);
        return _length >= 0 && _direction == direction;
    }

    public void Tick(long time) => _chain.Tick(time);

    public void Dispose() => _chain.Dispose();

    private void Keep(Direction direction, ulong clock, ReadOnlySpan<byte> frame)
    {
        frame.CopyTo(_output);
        _length = frame.Length;
        _direction = direction;
    }
}
