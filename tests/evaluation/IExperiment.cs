using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation;

/// <summary>One question about Holdfast, and how it is answered by measuring.</summary>
internal interface IExperiment
{
    /// <summary>On the command line, and of its CSV file.</summary>
    string Name { get; }

    Section Run(Laboratory laboratory);
}
