using Holdfast.Native;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Ports.Dpdk;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>DPDK in the process of the tests, on ordinary pages; where it can't be had, tests are skipped and say why.</summary>
internal static class DpdkRequirement
{
    /// <summary>Buffers that tests' pools have at most.</summary>
    public const int MostBuffers = 16_384;

    /// <exception cref="IgnoreException">There is no DPDK here.</exception>
    public static void Start()
    {
        try
        {
            DpdkEnvironment.Load();
        }
        catch (DpdkException error)
        {
            Assert.Ignore($"no DPDK here: {error.Message}");
        }

        DpdkEnvironment.Start(EalArguments.Of([], $"0-{Environment.ProcessorCount - 1}", physical: false, onHugePages: false, 4 * DpdkNeeds.Bytes(MostBuffers)));
    }

    /// <summary>A port on a device, as a configuration names it.</summary>
    public static DpdkPort Port(DpdkMemory memory, string device, int queues = 1, int vlan = 0, int descriptors = 512) =>
        DeviceName.TryParse(device, out var name, out var wrong) ? new DpdkPort(memory, name, queues, descriptors, vlan) : throw new ArgumentException($"'{device}' {wrong}");

    public static DpdkMemory Memory(PacketPool pool) => new(pool, lost => Assert.Fail(lost));
}
