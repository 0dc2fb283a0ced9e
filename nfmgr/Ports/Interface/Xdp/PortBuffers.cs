namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>What a port does with a buffer.</summary>
internal enum BufferUse : byte
{
    /// <summary>The root has it.</summary>
    None = 0,

    /// <summary>Empty, here.</summary>
    Spare = 1,

    /// <summary>With the kernel, to be filled.</summary>
    Filling = 2,

    /// <summary>With the kernel, to be sent and then given back to the root.</summary>
    Sending = 3,

    /// <summary>With the kernel, to be sent; the port's own frame.</summary>
    SendingOwn = 4,
}

/// <summary>Which of the pool's buffers a port has and for what: what the kernel returns must be what it was given.</summary>
internal sealed class PortBuffers(uint buffers)
{
    private readonly BufferUse[] _uses = new BufferUse[buffers];
    private readonly uint[] _spare = new uint[buffers], _orphans = new uint[buffers];
    private int _spares, _orphanCount;

    /// <summary>Spare buffers that are not for filling.</summary>
    public int OwnReserve { get; set; }

    public bool HasSpare => _spares > 0;

    public BufferUse UseOf(uint buffer) => _uses[buffer];

    public void Set(uint buffer, BufferUse use) => _uses[buffer] = use;

    public void GiveAway(uint buffer) => Set(buffer, BufferUse.None);

    public void AddSpare(uint buffer)
    {
        _spare[_spares++] = buffer;
        Set(buffer, BufferUse.Spare);
    }

    public bool TryTakeForFill(out uint buffer) => TryTake(BufferUse.Filling, OwnReserve, out buffer);

    public bool TryTakeForSending(out uint buffer) => TryTake(BufferUse.SendingOwn, 0, out buffer);

    /// <summary>Takes a buffer that was to be sent when the kernel let go.</summary>
    public bool TryTakeOrphan(out uint buffer)
    {
        buffer = 0;
        if (_orphanCount == 0) return false;
        buffer = _orphans[--_orphanCount];
        return true;
    }

    /// <summary>The kernel has no buffer any more: the socket is closed.</summary>
    public void KernelLetGo()
    {
        for (uint i = 0; i < _uses.Length; i++)
        {
            if (_uses[i] is BufferUse.Filling or BufferUse.SendingOwn) AddSpare(i);
            if (_uses[i] != BufferUse.Sending) continue;
            _orphans[_orphanCount++] = i;
            GiveAway(i);
        }
    }

    private bool TryTake(BufferUse use, int leave, out uint buffer)
    {
        buffer = 0;
        if (_spares <= leave) return false;
        buffer = _spare[--_spares];
        Set(buffer, use);
        return true;
    }
}
