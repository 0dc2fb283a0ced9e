namespace Holdfast.Replicator.Root;

/// <summary>
/// Outputs of one direction that wait for their checkpoint, in order, with a mark wherever a barrier arrived. Can hold
/// the whole pool, so that a full pool never stops a barrier.
/// </summary>
public sealed class Latch
{
    private const int MaxMarks = 64;

    private readonly uint[] _buffers;
    private readonly (ulong Checkpoint, ulong Position)[] _marks = new (ulong, ulong)[MaxMarks];
    private ulong _pushed, _popped, _open;
    private ulong _marksPushed, _marksPopped;

    public Latch(uint poolBuffers)
    {
        _buffers = new uint[System.Numerics.BitOperations.RoundUpToPowerOf2(poolBuffers)];
    }

    public bool IsEmpty => _pushed == _popped;

    public int Count => (int)(_pushed - _popped);

    /// <summary>The last barrier that arrived; 0 before the first.</summary>
    public ulong LastBarrier { get; private set; }

    public void Push(uint buffer) => _buffers[_pushed++ & (ulong)(_buffers.Length - 1)] = buffer;

    /// <summary>Everything pushed so far belongs to this checkpoint or an earlier one.</summary>
    public void Mark(ulong checkpoint)
    {
        // Egress takes only barriers that the root has closed, of which at most four are in flight.
        if (_marksPushed - _marksPopped == MaxMarks)
            throw new InvalidOperationException($"barrier {checkpoint} arrived with {MaxMarks} checkpoints unfinished");
        _marks[_marksPushed++ % MaxMarks] = (checkpoint, _pushed);
        LastBarrier = checkpoint;
    }

    /// <summary>Continues behind a checkpoint that another node closed.</summary>
    public void StartBehind(ulong checkpoint) => LastBarrier = checkpoint;

    /// <summary>Lets the outputs of checkpoints up to <paramref name="checkpoint"/> leave.</summary>
    public void Open(ulong checkpoint)
    {
        while (_marksPopped != _marksPushed && _marks[_marksPopped % MaxMarks].Checkpoint <= checkpoint)
            _open = _marks[_marksPopped++ % MaxMarks].Position;
    }

    /// <summary>Lets everything leave that is here now.</summary>
    public void OpenAll()
    {
        _marksPopped = _marksPushed;
        _open = _pushed;
    }

    /// <summary>Forgets what waits.</summary>
    public void Clear() => (_popped, _marksPopped, _open) = (_pushed, _marksPushed, _pushed);

    /// <summary>The next outputs that may leave; as many of them as lie together.</summary>
    public ReadOnlySpan<uint> Ready()
    {
        var start = (int)(_popped & (ulong)(_buffers.Length - 1));
        return _buffers.AsSpan(start, (int)Math.Min(_open - _popped, (ulong)(_buffers.Length - start)));
    }

    /// <summary>Forgets the next outputs, which have left.</summary>
    public void Pop(int count) => _popped += (ulong)count;
}
