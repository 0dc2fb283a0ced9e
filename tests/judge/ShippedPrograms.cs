using System.Text.Json;
using Holdfast.Chains.Bypass;
using Holdfast.Chains.Firewall;
using Holdfast.Chains.Monitor;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Monitor = Holdfast.Chains.Monitor.Monitor;

namespace Holdfast.Judge;

/// <summary>The NFs that ship with Holdfast, by the names of their programs.</summary>
internal static class ShippedPrograms
{
    public static readonly IReadOnlyDictionary<string, Func<JsonElement, INetworkFunction>> All =
        new Dictionary<string, Func<JsonElement, INetworkFunction>>
        {
            ["monitor"] = settings => new Monitor(MonitorSettings.Parse(settings)),
            ["firewall"] = settings => new Firewall(FirewallSettings.Parse(settings)),
            ["bypass"] = _ => new Bypass(),
            ["nat"] = settings => new Nat(NatSettings.Parse(settings)),
        };
}
