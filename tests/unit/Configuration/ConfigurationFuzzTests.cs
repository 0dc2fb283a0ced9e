using System.Text;
using Holdfast.Nfmgr.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

/// <summary>Whatever stands in a file, reading it ends in a configuration or in an error that names the file.</summary>
public sealed class ConfigurationFuzzTests
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "-1", "0", "1e999", "99999999999999999999", "\"\"",
            "{}", "[]",
        "\"\\ud800\"", "\"\\u0000\"", "//", "/*", "*/", "\n", "ä", "😀", "\"name\":", "\"type\":\"pcap\"", "\"a\"",
            "\"/\"", "\"[::1]:1\"",
    ];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Mutated_configurations_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        int read = 0, refused = 0;
        for (var round = 0; round < 5000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(round % 2 == 0 ? ExampleConfiguration.Text : SampleFile.Text).ToList();
            for (var changes = random.Next(1, 4); changes > 0; changes--) Mutate(bytes, random);
            try
            {
                var configuration = ConfigurationFile.Parse([.. bytes], SampleFile.Name);
                ChainHash.Of(configuration.Chain, configuration.Replication.OnSilence);
                read++;
            }
            catch (ConfigurationException error)
            {
                Assert.That(error.Errors, Is.Not.Empty);
                Assert.That(error.Errors,
                    Is.All.Matches<ConfigurationError>(e => e is { Position: { Line: > 0, Column: > 0 } }));
                refused++;
            }
            catch (Exception error) when (error is not AssertionException)
            {
                Assert.Fail($"seed {seed}, round {round}: {error}\n{Encoding.UTF8.GetString([.. bytes])}");
            }
        }

        Assert.That(read, Is.GreaterThan(100), "mutations reach past the syntax");
        Assert.That(refused, Is.GreaterThan(100));
    }

    private static void Mutate(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                if (bytes.Count == 0) bytes.Add((byte)' ');
                break;
            case 2:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                break;
            case 3:
                var from = random.Next(bytes.Count);
                bytes.InsertRange(at, bytes.Skip(from).Take(random.Next(1, 60)).ToArray());
                break;
            default: // put another value where one stands
                var value = bytes.FindIndex(at, b => b == (byte)':');
                var end = value < 0 ? -1 : bytes.FindIndex(value, b => b is (byte)',' or (byte)'}');
                if (end < 0) return;
                bytes.RemoveRange(value + 1, end - value - 1);
                bytes.InsertRange(value + 1, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                break;
        }
    }
}
