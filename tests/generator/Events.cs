using System.Text.Json.Nodes;
using Holdfast.Generator.Wires;
using Holdfast.NfLib.Wire;

namespace Holdfast.Generator;

/// <summary>What this program says: one JSON object per line, each with an "event".</summary>
/// <param name="emit">Takes a line; called on the thread of the session only.</param>
internal sealed class Events(Action<string> emit)
{
    public void Emit(string name, JsonObject fields)
    {
        fields.Insert(0, "event", name);
        emit(fields.ToJsonString());
    }

    public void Error(string message) => Emit("error", new JsonObject { ["message"] = message });

    public void Plugged(WireHello hello) => Emit("plugged", Who(hello));

    public void Unplugged(WireHello hello) => Emit("unplugged", Who(hello));

    public void Announced(Node node, Announcement announcement) => Emit("announced", new JsonObject
    {
        ["node"] = node.Name,
        ["process"] = node.ProcessId,
        ["term"] = announcement.Term,
        ["kind"] = announcement.Kind.ToString(),
        ["coveredClock"] = announcement.CoveredClock,
        ["clockBase"] = announcement.ClockBase,
        ["time"] = announcement.Time,
    });

    /// <summary>The first frame of a node's term; its time is what a takeover is measured by.</summary>
    public void FirstOut(Node node, uint term, Arrival at) => Emit("firstOut", new JsonObject
    {
        ["node"] = node.Name,
        ["process"] = node.ProcessId,
        ["term"] = term,
        ["time"] = at.Wall,
    });

    private static JsonObject Who(WireHello hello) => new()
    {
        ["node"] = hello.Node,
        ["port"] = hello.Port,
        ["process"] = hello.ProcessId,
    };
}
