using System.Buffers.Binary;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>Ports that the test steps in the root's place, and who has which buffer. Disposing looks whether drivers give all back.</summary>
internal sealed class DpdkBench : IDisposable
{
    private const int Burst = 32;

    private readonly DpdkMemory _memory;
    private readonly List<DpdkPort> _ports = [];

    public DpdkBench()
    {
        DpdkRequirement.Start();
        Pool = PacketPool.Create(8192, preferHugePages: false);
        _memory = DpdkRequirement.Memory(Pool);
        Buffers = new BufferTable(Pool.Count);
    }

    public PacketPool Pool { get; }

    public DpdkMemory Memory => _memory;

    public BufferTable Buffers { get; }

    /// <summary>Makes a port, lends it what it wants, and opens it.</summary>
    public DpdkPort Open(string device, int queues = 1, int vlan = 0)
    {
        var port = DpdkRequirement.Port(_memory, device, queues, vlan);
        _ports.Add(port);
        uint[] lent = [.. Buffers.PeekFree(port.BuffersKept)];
        Array.Reverse(lent);
        foreach (var buffer in lent) Buffers.ToPort(buffer);
        port.Lend(lent);
        port.Open(Pool);
        return port;
    }

    /// <summary>Closes all ports.</summary>
    public void Close()
    {
        foreach (var port in _ports) port.Dispose();
    }

    public bool SendNumber(DpdkPort port, ulong number)
    {
        Span<byte> frame = stackalloc byte[60];
        frame.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(frame[20..], number);
        return Send(port, frame);
    }

    public bool Send(DpdkPort port, ReadOnlySpan<byte> frame)
    {
        var buffer = Buffers.PeekFree(1)[0];
        Pool.Fill(buffer, frame);
        return Send(port, buffer);
    }

    /// <param name="port">Where it leaves.</param>
    /// <param name="buffer">One that is free.</param>
    public bool Send(DpdkPort port, uint buffer)
    {
        var outcome = port.Send(Pool, buffer, Pool.Frame(buffer), 0, 0, 0);
        if (outcome == SendOutcome.Kept) Buffers.ToPort(buffer);
        return outcome != SendOutcome.Refused;
    }

    public ulong ReceiveNumbers(DpdkPort port, ulong last)
    {
        foreach (var buffer in Receive(port))
        {
            Assert.That(BinaryPrimitives.ReadUInt64BigEndian(Pool.Frame(buffer)[20..]), Is.EqualTo(++last), "out of order, twice, or lost");
            Buffers.Release(buffer);
        }

        return last;
    }

    /// <summary>The next frame, or null when none comes within some seconds.</summary>
    public byte[]? ReceiveOne(DpdkPort port)
    {
        byte[]? frame = null;
        SpinWait.SpinUntil(() =>
        {
            foreach (var buffer in Receive(port, 1))
            {
                frame = Pool.Frame(buffer).ToArray();
                Buffers.Release(buffer);
            }

            return frame is not null;
        }, 3_000);
        return frame;
    }

    /// <summary>As the root does it: what is exchanged changes owners.</summary>
    public uint[] Receive(DpdkPort port, int most = Burst)
    {
        uint[] empties = [.. Buffers.PeekFree(most)];
        Array.Reverse(empties);
        uint[] given = [.. empties];
        var received = port.Receive(Pool, empties);
        for (var i = 0; i < received; i++)
        {
            Assert.That(Buffers.IsOwnedBy(empties[i], BufferOwner.Port), $"buffer {empties[i]} is not the port's");
            Buffers.ToPort(given[i]);
            Buffers.ToPort(empties[i]);
        }

        return empties[..received];
    }

    public void GiveBack(DpdkPort port)
    {
        var back = new uint[64];
        for (int count; (count = port.TakeBack(back)) > 0;)
        {
            foreach (var buffer in back.AsSpan(0, count))
            {
                Assert.That(Buffers.IsOwnedBy(buffer, BufferOwner.Port), $"buffer {buffer} was not the port's");
                Buffers.Release(buffer);
            }
        }
    }

    public void Dispose()
    {
        Close();
        _memory.Dispose(); // fails the test when a driver has kept a buffer
        Pool.Dispose();
    }
}
