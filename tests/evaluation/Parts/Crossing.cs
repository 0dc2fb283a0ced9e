using Holdfast.Evaluation.Measuring;
using Holdfast.Native;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Ports.Dpdk;

namespace Holdfast.Evaluation.Parts;

/// <summary>What it costs to cross from C# into the C of a driver, and what crosses: on null devices, in this process.</summary>
internal sealed class Crossing : IDisposable
{
    private const int Most = 32;

    private readonly PacketPool _pool;
    private readonly DpdkMemory _memory;
    private readonly DpdkDevice _device;
    private readonly DpdkFrame[] _frames = new DpdkFrame[Most];
    private readonly uint[] _taken = new uint[Most];

    /// <exception cref="DpdkException">There is no DPDK here.</exception>
    public Crossing()
    {
        const int Buffers = 4096;
        DpdkEnvironment.Start(EalArguments.Of([], $"0-{Environment.ProcessorCount - 1}", physical: false, onHugePages: false, DpdkNeeds.Bytes(Buffers)));
        _pool = PacketPool.Create(Buffers, preferHugePages: false);
        _memory = new DpdkMemory(_pool, static what => throw new IOException(what));
        _device = new DpdkDevice(_memory.Pool, "net_null0", new DpdkRequest { Queues = 1, Descriptors = 512 });
        _memory.Pool.Lend([.. Enumerable.Range(0, 1024).Select(i => (uint)i)]);
        _device.Start();
    }

    /// <summary>By what is done, for a burst of each size.</summary>
    public IEnumerable<(string What, int Burst, Spread Nanoseconds)> All(PartTimer timer)
    {
        foreach (var burst in new[] { 1, 8, Most })
        {
            yield return ("a call that does nothing", burst, timer.Time(() => _device.Nothing(_taken.AsSpan(0, burst), _frames.AsSpan(0, burst))));
            yield return ("receive, send", burst, timer.Time(() => Forward(burst)));
        }
    }

    public void Dispose()
    {
        _device.Dispose();
        _memory.Dispose();
        _pool.Dispose();
    }

    private void Forward(int burst)
    {
        var received = _device.Receive([], _frames.AsSpan(0, burst));
        _ = _device.Send(_frames.AsSpan(0, received));
    }
}
