using System.Globalization;
using System.Text.Json.Nodes;

namespace Holdfast.Evaluation.Peers;

/// <summary>The same chain by DPDK's own parts, in C (tests/reference).</summary>
internal static class ReferenceProgram
{
    /// <summary>Packets between source and sink: as many as a chain lets in by default.</summary>
    private const int InFlight = 2048;

    /// <summary>Why it can't be compared with; null when it can.</summary>
    public static string? Missing => File.Exists(Installation.Reference) ? null
        : "the reference in C is left out, as it is not built; apt-get install gcc pkg-config libdpdk-dev, then: dotnet cake --target=Reference";

    /// <param name="stages">Processes between source and sink.</param>
    /// <param name="work">mac or map.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="flows">Five-tuples that take turns.</param>
    /// <returns>Million packets a second.</returns>
    /// <exception cref="IOException">It failed, or lost count.</exception>
    public static double Mpps(int stages, string work, double seconds, int flows)
    {
        string[] arguments = Arguments(stages, work, seconds, flows);
        var said = JsonNode.Parse(Tool.Run(Installation.Reference, arguments))!;
        if ((long)said["counted"]! < (long)said["packets"]! * stages)
            throw new IOException($"the reference let {said["packets"]} packets through {stages} stages, which counted {said["counted"]}");
        return (double)said["mpps"]!;
    }

    /// <summary>To run it by hand.</summary>
    public static string Command(int stages, string work, double seconds, int flows) =>
        $"artifacts/reference/reference {string.Join(' ', Arguments(stages, work, seconds, flows))}";

    private static string[] Arguments(int stages, string work, double seconds, int flows) =>
        ["--stages", $"{stages}", "--work", work, "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--flows", $"{flows}", "--in-flight", $"{InFlight}"];
}
