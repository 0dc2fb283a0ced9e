namespace Holdfast.Nfmgr.Configuration;

/// <summary>What the binders of one file share: where it is, and the errors so far.</summary>
/// <param name="file">The file as the user named it.</param>
internal sealed class BindContext(string file)
{
    private readonly List<ConfigurationError> _errors = [];
    private readonly string _directory = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";

    public bool HasErrors => _errors.Count > 0;

    public void Add(FilePosition position, string path, string problem) =>
        _errors.Add(new ConfigurationError(position, path, problem));

    /// <summary>An absolute path; a relative one counts from the configuration file.</summary>
    public string Resolve(string path) => Path.GetFullPath(path, _directory);

    /// <exception cref="ConfigurationException">There were errors; all are in it, in the order of the file.</exception>
    public void ThrowIfAny()
    {
        if (HasErrors)
            throw new ConfigurationException([.. _errors.OrderBy(e => (e.Position.Line, e.Position.Column))]);
    }
}
