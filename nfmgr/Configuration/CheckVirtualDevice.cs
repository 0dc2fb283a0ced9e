using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>The usual mistakes with a virtual device of DPDK.</summary>
/// <param name="machine">What there is.</param>
/// <param name="readInterface">Reads an interface of the kernel by its name.</param>
/// <param name="interfaceNames">Those that there are.</param>
internal sealed class CheckVirtualDevice(DpdkMachine machine, Func<string, InterfaceFacts?> readInterface, Func<IReadOnlyList<string>> interfaceNames)
{
    /// <summary>Arguments of net_pcap that name interfaces.</summary>
    private static readonly string[] CaptureInterfaces = ["iface", "rx_iface", "rx_iface_in", "tx_iface"];

    /// <summary>The kernel's interfaces whose frames a device receives and sends.</summary>
    public static string[] InterfacesOf(DeviceName device) => device.Driver switch
    {
        "net_af_packet" => [.. device.Values("iface")],
        "net_pcap" => [.. CaptureInterfaces.SelectMany(device.Values).Distinct()],
        _ => [],
    };

    /// <summary>What is wrong with it; nothing when all is well.</summary>
    public IEnumerable<CheckResult> Judge(string thing, DeviceName device) =>
        Driver(thing, device).Concat(Rights(thing, device)).Concat(Interfaces(thing, device));

    private IEnumerable<CheckResult> Driver(string thing, DeviceName device)
    {
        if (machine.Drivers is not { } drivers) yield break;
        var name = device.Driver;
        if (drivers.FirstOrDefault(one => one.Name == name) is { } driver)
        {
            if (!driver.IsVirtual)
                yield return CheckResult.Error(thing, $"{name} drives hardware and makes no device {device.Name}", "write the device's PCI address, which `nfmgr devices` lists");
        }
        else if (DpdkDriver.KnownVirtual.Contains(name))
            yield return CheckResult.Error(thing, $"DPDK's driver {name} is not in {machine.DriverDirectory}", $"apt-get install {DebianPackage.Of(name, machine.DriverDirectory)}");
        else
            yield return CheckResult.Error(thing, $"DPDK has no driver {name} for {device.Name}",
                Spelling.Suggest(name, DpdkDriver.KnownVirtual.Union(drivers.Where(one => one.IsVirtual).Select(one => one.Name))));
    }

    private IEnumerable<CheckResult> Rights(string thing, DeviceName device)
    {
        (int Number, string Name)[] needed = device.Driver switch
        {
            "net_af_packet" => [(DpdkMachine.NetRaw, "cap_net_raw"), (DpdkMachine.NetAdmin, "cap_net_admin")],
            "net_tap" or "net_tun" => [(DpdkMachine.NetAdmin, "cap_net_admin")],
            "net_pcap" when InterfacesOf(device).Length > 0 => [(DpdkMachine.NetRaw, "cap_net_raw")],
            _ => [],
        };
        if (needed.Any(one => !machine.Has(one.Number)))
        {
            var names = string.Join(',', needed.Select(one => one.Name));
            yield return CheckResult.Error(thing, $"{device.Driver} needs {names.ToUpperInvariant().Replace(",", " and ", StringComparison.Ordinal)}, which user {Environment.UserName} lacks",
                $"run nfmgr as root, or give the program the right to: setcap {names}+ep {Environment.ProcessPath ?? "nfmgr"}");
        }

        var tunnel = Path.Combine(machine.DeviceFiles, "net/tun");
        if (device.Driver is "net_tap" or "net_tun" && !machine.MayOpen(tunnel))
            yield return CheckResult.Error(thing, $"{tunnel}, by which {device.Driver} makes its interface, can't be opened", $"modprobe tun (in a container: --device {tunnel})");
    }

    private IEnumerable<CheckResult> Interfaces(string thing, DeviceName device)
    {
        var judged = InterfacesOf(device);
        if (device.Driver == "net_af_packet" && judged.Length != 1)
        {
            yield return CheckResult.Error(thing, $"{device} names {judged.Length} interfaces of the kernel, and needs one", $"write {device.Name},iface=NAME, with one that 'ip link' shows");
            yield break;
        }

        foreach (var name in judged.Concat(device.Driver == "net_tap" ? device.Values("remote") : []))
        {
            if (readInterface(name) is not { } facts)
            {
                yield return CheckResult.Error(thing, $"this machine has no interface {name}", Spelling.Suggest(name, interfaceNames().Where(n => n != "lo")));
                continue;
            }

            if (!judged.Contains(name)) continue;
            // Its frames take the same way through the kernel as those of a packet socket.
            foreach (var result in CheckInterface.Judge(thing, new InterfacePortSection(name, InterfaceMode.Packet), facts).Where(r => r.Level != CheckLevel.Ok))
                yield return result;
        }
    }
}
