namespace Holdfast.Evaluation.Beds;

/// <param name="Name">The NF's.</param>
/// <param name="Program">A shipped NF's name, or a path.</param>
/// <param name="Settings">Its own, as JSON.</param>
internal sealed record FunctionPlan(string Name, string Program, string Settings = "{}");

/// <summary>A chain that is measured.</summary>
/// <param name="Key">As results.json calls it.</param>
/// <param name="Title">As the report calls it.</param>
/// <param name="Functions">From left to right.</param>
/// <param name="BothWays">Packets come from both sides; else from the left only, as in the reference.</param>
/// <param name="IsPlaced">The root has the first core to itself and the NFs share the last, as in the reference; else the kernel
/// places them, which is better when the NFs have most of the work.</param>
internal sealed record ChainPlan(string Key, string Title, IReadOnlyList<FunctionPlan> Functions, bool BothWays = false, bool IsPlaced = false)
{
    /// <summary>The chain that most figures are about: three forwarders, which exchange the MAC addresses and count.</summary>
    public static ChainPlan Chain3 { get; } = Forwarders(3) with { IsPlaced = true };

    /// <summary>And the one that changes an entry of a map per packet and NF: three monitors.</summary>
    public static ChainPlan Chain3Map { get; } = Monitors(3) with { Key = "chain3Map" };

    public static ChainPlan MonitorFirewallNat { get; } = new("monitorFirewallNat", "monitor, firewall, NAT",
    [
        new FunctionPlan("monitor", "monitor"),
        new FunctionPlan("firewall", "firewall"),
        new FunctionPlan("nat", "nat", """{ "outside": "198.51.100.1" }"""),
    ]);

    /// <param name="count">NFs.</param>
    /// <param name="bytesPerBatch">Bytes of its state that each changes with every batch, beside its counter.</param>
    /// <param name="program">The forwarder; by default as it is built with everything else.</param>
    public static ChainPlan Forwarders(int count, int bytesPerBatch = 0, string? program = null) => new($"chain{count}",
        $"{count} forwarder{(count > 1 ? "s" : "")}{(bytesPerBatch > 0 ? $", {bytesPerBatch} B a batch" : "")}",
        [.. Enumerable.Range(1, count).Select(i => new FunctionPlan($"forwarder{i}", program ?? Installation.Forwarder, $$"""{ "bytesPerBatch": {{bytesPerBatch}} }"""))]);

    /// <param name="count">NFs.</param>
    /// <param name="flows">That each has room for.</param>
    public static ChainPlan Monitors(int count, int flows = 64) => new($"monitor{count}", $"{count} monitor{(count > 1 ? "s" : "")}",
        [.. Enumerable.Range(1, count).Select(i => new FunctionPlan($"monitor{i}", "monitor", Settings(flows)))]);

    // Packets of the two directions are two flows, so twice as many; the rest of the state is for IPv6 and stays small.
    private static string Settings(int flows) => $$"""{ "ipv4Flows": {{Math.Clamp(flows * 2, 64, 900)}}, "ipv6Flows": 16 }""";
}
