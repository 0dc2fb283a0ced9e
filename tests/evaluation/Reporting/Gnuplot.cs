using System.Diagnostics;
using System.Text.RegularExpressions;
using Holdfast.Nfmgr.Supervision;

namespace Holdfast.Evaluation.Reporting;

/// <summary>Has gnuplot draw.</summary>
internal static partial class Gnuplot
{
    /// <summary>A picture to be put into a page.</summary>
    /// <exception cref="IOException">gnuplot has something against the script.</exception>
    public static string Draw(Plot plot, string name)
    {
        using var gnuplot = Spawner.Start(new ProcessStartInfo("gnuplot")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        var picture = gnuplot.StandardOutput.ReadToEndAsync();
        var errors = gnuplot.StandardError.ReadToEndAsync();
        gnuplot.StandardInput.Write(GnuplotScript.Of(plot, name));
        gnuplot.StandardInput.Close();
        gnuplot.WaitForExit();
        if (gnuplot.ExitCode != 0 || !picture.Result.Contains("<svg", StringComparison.Ordinal))
            throw new IOException($"gnuplot does not draw '{plot.Title}': {errors.Result.Trim()}");
        return BeforePicture().Replace(picture.Result, "");
    }

    /// <summary>What stands before a picture that is a file of its own.</summary>
    [GeneratedRegex(@"^.*?(?=<svg)", RegexOptions.Singleline)]
    private static partial Regex BeforePicture();
}
