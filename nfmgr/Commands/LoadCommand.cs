using System.CommandLine;
using System.Text.Json;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Ports.Generator;

namespace Holdfast.Nfmgr.Commands;

/// <summary><c>nfmgr load</c>: what the generator ports of a running node do.</summary>
internal static class LoadCommand
{
    public static Command Build()
    {
        var config = CommandLine.ConfigOption();
        var left = Rate("--left", "left");
        var right = Rate("--right", "right");
        var json = new Option<bool>("--json") { Description = "Prints one JSON object, with the whole histograms." };
        var command = new Command("load", "Changes the load that generator ports make, and shows what came of the load until now.") { config, left, right, json };
        command.SetAction(parsed => CommandLine.Ask(parsed.GetValue(config)!,
            new ControlRequest("load", LeftRate: parsed.GetValue(left), RightRate: parsed.GetValue(right)), answer =>
                Console.WriteLine(parsed.GetValue(json)
                    ? JsonSerializer.Serialize(answer.Load, ControlJson.Default.LoadReport)
                    : $"{Text("left to right", answer.Load!.Left, answer.Load.Right)}\n{Text("right to left", answer.Load.Right, answer.Load.Left)}")));
        return command;
    }

    private static Option<long> Rate(string name, string side) =>
        new(name) { Description = $"Frames a second at the {side} port, 0 to {GeneratorPort.MaxRate}; 0 when it is not given." };

    private static string Text(string direction, LoadOfPort from, LoadOfPort to) => FormattableString.Invariant(
        $"{direction}: offered {from.Rate:N0}/s for {from.Seconds:0.000} s; {from.Taken:N0} taken in, {from.Missed:N0} missed, {to.Sent:N0} came out ({to.Sent / Math.Max(to.Seconds, 1e-9) / 1e6:0.000} Mpps); latency p50 {to.Latency.P50 / 1e3:0.0} µs, p99 {to.Latency.P99 / 1e3:0.0} µs, p99.9 {to.Latency.P999 / 1e3:0.0} µs");
}
