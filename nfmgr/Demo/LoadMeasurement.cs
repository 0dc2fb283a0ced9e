using System.Text.Json.Nodes;

namespace Holdfast.Nfmgr.Demo;

/// <summary>Finds how much a chain carries, and how long packets take at a given load.</summary>
internal sealed class LoadMeasurement(DemoGenerator generator, TimeSpan perTry)
{
    private const double MostRefused = 0.001;

    /// <summary>Highest load in packets a second, both directions together, with at most 0.1 % refused.</summary>
    public double HighestRate()
    {
        // What comes through under overload is more than what passes without refusals, so it bounds the search.
        var high = Load(0).Received;
        var low = 0.0;
        for (var i = 0; i < 5; i++)
        {
            var rate = i == 0 ? high : (low + high) / 2;
            var tried = Load(rate);
            // Compared with what was offered: on a busy machine the generator itself can fall short of the rate.
            if (tried.RefusedFraction <= MostRefused && tried.Received >= tried.Offered * 0.98) low = Math.Max(low, tried.Received);
            else high = rate;
            if (i == 0 && low > 0) return low;
        }

        return low > 0 ? low : throw new DemoException("even a small load was refused; is the machine busy with something else?");
    }

    /// <summary>Median and 99th percentile in microseconds at a load.</summary>
    public (double P50, double P99) LatencyAt(double rate)
    {
        var tried = Load(rate);
        return (tried.P50, tried.P99);
    }

    private (double Offered, double Received, double RefusedFraction, double P50, double P99) Load(double rate)
    {
        generator.Send(new JsonObject { ["do"] = "load", ["rate"] = rate, ["seconds"] = perTry.TotalSeconds, ["frameBytes"] = 64, ["flows"] = 64 });
        var reply = generator.WaitFor(e => DemoGenerator.Is(e, "load"), perTry + TimeSpan.FromSeconds(15), "the end of a load");
        return ((double)reply["mppsOffered"]! * 1e6, (double)reply["mppsReceived"]! * 1e6, (double)reply["refusedFraction"]!, (double)reply["p50Us"]!, (double)reply["p99Us"]!);
    }
}
