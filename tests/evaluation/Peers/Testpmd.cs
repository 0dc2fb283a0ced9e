using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Evaluation.Peers;

/// <summary>DPDK's own forwarder between two devices that are none: the ceiling of a single hop.</summary>
internal static partial class Testpmd
{
    private static readonly string[] Arguments =
    [
        "-oL", "dpdk-testpmd", "--no-huge", "-m", "256", "--no-pci", "--no-telemetry", "--log-level=4", "-l", "0-1", "--vdev=net_null0", "--vdev=net_null1", "--",
        "--forward-mode=io", "--total-num-mbufs=8192", "--no-lsc-interrupt",
    ];

    public static string Command => $"stdbuf {string.Join(' ', Arguments)}";

    /// <param name="seconds">For how long.</param>
    /// <returns>Million packets a second.</returns>
    /// <exception cref="IOException">It does not start, or says nothing that can be understood.</exception>
    public static double Mpps(double seconds)
    {
        using var testpmd = Tool.Start("stdbuf", Arguments);
        var errors = testpmd.StandardError.ReadToEndAsync();
        while (testpmd.StandardOutput.ReadLine() is { } line && !line.StartsWith("Press enter", StringComparison.Ordinal))
        {
            // It says what it begins with.
        }

        var began = Stopwatch.GetTimestamp();
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        // How long it really ran: a busy machine wakes nobody on time.
        var lasted = Stopwatch.GetElapsedTime(began);
        testpmd.StandardInput.Close();
        var said = testpmd.StandardOutput.ReadToEnd();
        testpmd.WaitForExit();
        return Sent(said) is { } sent ? sent / lasted.TotalSeconds / 1e6
            : throw new IOException($"dpdk-testpmd ended with exit code {testpmd.ExitCode} and no statistics: {errors.Result.Trim()}");
    }

    /// <summary>Packets of all ports, by its last statistics; null if it printed none.</summary>
    public static long? Sent(string said) => Accumulated().Match(said) is { Success: true } found
        ? long.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"Accumulated forward statistics.*?TX-packets:\s*(\d+)", RegexOptions.Singleline)]
    private static partial Regex Accumulated();
}
