using System.CommandLine;
using System.Text.Json;
using Holdfast.Nfmgr.Devices;

namespace Holdfast.Nfmgr.Commands;

/// <summary><c>nfmgr devices</c>: what a port of type dpdk could have, without touching any of it.</summary>
internal static class DevicesCommand
{
    public static Command Build()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var command = new Command("devices", "Lists what DPDK could drive on this machine, and what must be done first.") { json };
        command.SetAction(parsed => CommandLine.Guarded(() =>
        {
            var machine = DpdkMachine.Read([]);
            var report = DeviceReport.Of(machine, PciNames.Of(machine.Devices));
            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, DeviceJson.Default.DeviceReport) : DeviceText.Of(report));
            return 0;
        }));
        return command;
    }
}
