using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Generator.Traffic;

namespace Holdfast.Generator;

/// <summary>One line of standard input. What a command does not use keeps its default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record Command
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // The Web defaults also take numbers in quotes.
        NumberHandling = JsonNumberHandling.Strict,
    };

    /// <summary>load, play, stop or status.</summary>
    public required string Do { get; init; }

    /// <summary>Packets a second, both directions together. For a load, 0 is as fast as the ring takes them; for a
    /// play, 0 is no generated flows.</summary>
    public double Rate { get; init; }

    public double Seconds { get; init; } = 1;

    /// <summary>Length of a frame from its Ethernet header, without FCS.</summary>
    public int FrameBytes { get; init; } = 64;

    public int Flows { get; init; } = 64;

    public double CaptureRoundsPerSecond { get; init; }

    /// <summary>How long a stop waits for what is still inside the chain.</summary>
    public int DrainMilliseconds { get; init; } = 2000;

    /// <exception cref="FormatException">Says what is wrong with which value, and what would be right.</exception>
    public static Command Parse(string line)
    {
        Command command;
        try
        {
            command = JsonSerializer.Deserialize<Command>(line, Options)
                      ?? throw new FormatException("an empty command");
        }
        catch (JsonException error)
        {
            throw new FormatException($"the command {line} is not understood: {error.Message}");
        }

        command.Check();
        return command;
    }

    private void Check()
    {
        Require(Do is "load" or "play" or "stop" or "status", "do", Do, "load, play, stop or status");
        Require(Rate is >= 0 and <= 1e9, "rate", Rate, "0 to 1e9 packets a second");
        Require(Seconds is > 0 and <= 3600, "seconds", Seconds, "more than 0 and at most 3600");
        Require(FrameBytes is >= UdpFrame.MinBytes and <= UdpFrame.MaxBytes, "frameBytes", FrameBytes,
            $"{UdpFrame.MinBytes} to {UdpFrame.MaxBytes}");
        Require(Flows is >= 1 and <= GeneratedFlows.MaxFlows, "flows", Flows, $"1 to {GeneratedFlows.MaxFlows}");
        Require(CaptureRoundsPerSecond is >= 0 and <= 10_000, "captureRoundsPerSecond", CaptureRoundsPerSecond,
            "0 to 10000");
        Require(DrainMilliseconds is >= 0 and <= 600_000, "drainMilliseconds", DrainMilliseconds, "0 to 600000");
    }

    private static void Require(bool holds, string name, object value, string allowed)
    {
        if (!holds) throw new FormatException($"{name} is {value}; it must be {allowed}");
    }
}
