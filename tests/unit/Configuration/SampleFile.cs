using System.Text;
using Holdfast.Nfmgr.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

/// <summary>A valid configuration, and what tests do with it: change one piece and look at the errors.</summary>
internal static class SampleFile
{
    public const string Name = "/etc/holdfast/a.json";

    public const string Text =
        """
        {
          "node": { "name": "a" },
          "listen": "0.0.0.0:7400",
          "peer": { "name": "b", "address": "192.0.2.2:7400" },
          "initialPrimary": "a",
          "chain": {
            "name": "edge",
            "functions": [
              { "name": "monitor", "program": "monitor" },
              { "name": "nat", "program": "nat", "settings": { "outside": "198.51.100.1" } }
            ],
            "left": { "type": "wire", "socket": "far.sock" },
            "right": { "type": "pcap", "read": "in.pcap", "write": "out.pcap" }
          },
          "replication": {}
        }
        """;

    public static DaemonConfiguration Parse(string text) => ConfigurationFile.Parse(Encoding.UTF8.GetBytes(text), Name);

    /// <summary>The sample with one piece replaced; the piece must be there exactly once.</summary>
    public static string With(string piece, string replacement)
    {
        Assert.That(Text.Split(piece), Has.Length.EqualTo(2), $"the sample holds '{piece}' once");
        return Text.Replace(piece, replacement);
    }

    /// <summary>The errors of a file without its name, one per line: "LINE:COLUMN: path: problem".</summary>
    public static string ErrorsOf(string text)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Parse(text), "the configuration must be refused");
        return refused.Message.Replace($"{Name}:", "");
    }
}
