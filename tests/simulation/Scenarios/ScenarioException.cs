namespace Holdfast.Simulation.Scenarios;

/// <summary>A script says something that can't be done.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
