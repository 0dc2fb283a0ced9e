namespace Holdfast.Evaluation.Reporting;

/// <summary>What an experiment has to say.</summary>
/// <param name="Name">The experiment's.</param>
/// <param name="Title">Above the section.</param>
/// <param name="Method">How it was measured.</param>
/// <param name="Papers">What the papers found, where they did; else empty.</param>
/// <param name="Table">All figures; also the CSV file.</param>
/// <param name="Plots">Some of them as pictures.</param>
internal sealed record Section(string Name, string Title, string Method, string Papers, Table Table, IReadOnlyList<Plot> Plots);
