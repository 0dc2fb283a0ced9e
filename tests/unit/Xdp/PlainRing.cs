using System.Runtime.InteropServices;
using Holdfast.Nfmgr.Ports.Interface.Xdp;

namespace Holdfast.Tests.Unit.Xdp;

/// <summary>A ring on plain memory, whose other end, the kernel's, is the test.</summary>
internal sealed unsafe class PlainRing<T> : IDisposable where T : unmanaged
{
    // Safe: three words and the slots were allocated, and slots are indexed within the size.
    private readonly uint* _words = (uint*)NativeMemory.AllocZeroed(12);
    private readonly T* _slots;
    private readonly uint _size;

    public PlainRing(uint size)
    {
        _size = size;
        _slots = (T*)NativeMemory.AllocZeroed(size, (nuint)sizeof(T));
    }

    /// <summary>The indices, which wrap round.</summary>
    public ref uint Producer => ref _words[0];

    public ref uint Consumer => ref _words[1];

    public ref uint Flags => ref _words[2];

    public ref T this[uint at] => ref _slots[at % _size];

    public XskConsumer<T> OpenConsumer() => new(&_words[0], &_words[1], _slots, _size);

    public XskProducer<T> OpenProducer() => new(&_words[0], &_words[1], &_words[2], _slots, _size);

    /// <summary>The kernel writes a slot.</summary>
    public void Write(T value) => this[Producer++] = value;

    public void Dispose()
    {
        NativeMemory.Free(_words);
        NativeMemory.Free(_slots);
    }
}
