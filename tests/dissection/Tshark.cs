using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using Holdfast.NfLib.Pcap;
using NUnit.Framework;

namespace Holdfast.Tests.Dissection;

/// <summary>
/// Has frames dissected by tshark, all in one run. It verifies every checksum, and looks at each frame for itself: what
/// it would conclude from frames that came before (sequence numbers, reassembly) would differ where an NF drops some.
/// </summary>
internal static partial class Tshark
{
    private const long Warning = 0x60_0000;

    private static readonly string[] Arguments =
    [
        "-n", "-T", "pdml", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
        "-o", "udp.check_checksum:TRUE", "-o", "udplite.check_checksum:TRUE",
        "-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
        "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
        // An IP length of 0 is wrong, and no offload's frame.
        "-o", "ip.tso_support:FALSE",
    ];

    /// <summary>Ignores the test that calls it where tshark is missing.</summary>
    public static void Require()
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("tshark", "--version")
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
        }
        catch (Win32Exception)
        {
            Assert.Ignore("tshark is missing; install it with: apt-get install --no-install-recommends tshark");
        }
    }

    public static List<DissectedFrame> Dissect(IReadOnlyCollection<byte[]> frames)
    {
        var path = Path.Combine(Path.GetTempPath(), $"holdfast-{Guid.NewGuid():N}.pcap");
        try
        {
            using (var writer = PcapWriter.Create(path))
            {
                foreach (var frame in frames) writer.Write(0, frame);
            }

            var start = new ProcessStartInfo("tshark", [.. Arguments, "-r", path])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var process = System.Diagnostics.Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var dissected = Read(process.StandardOutput);
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, () => "tshark failed: " + errors.Result);
            Assert.That(dissected, Has.Count.EqualTo(frames.Count), "tshark dissects every frame");
            return dissected;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<DissectedFrame> Read(TextReader output)
    {
        var frames = new List<DissectedFrame>();
        // Payloads are quoted as they are.
        using var xml = XmlReader.Create(output, new XmlReaderSettings { CheckCharacters = false });
        var open = new Stack<Layer>();
        while (xml.Read())
        {
            if (xml is { NodeType: XmlNodeType.EndElement, Name: "proto" }) open.Pop();
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.Name == "packet")
            {
                frames.Add(new DissectedFrame([], []));
                continue;
            }

            var name = xml.GetAttribute("name") ?? "";
            if (xml.Name == "proto")
            {
                var layer = new Layer(name, Number(xml, "size"), []);
                if (name == "_ws.malformed")
                    frames[^1].Complaints.Add(new Complaint(frames[^1].Layers[^1].Protocol, "malformed"));
                else frames[^1].Layers.Add(layer);
                if (!xml.IsEmptyElement) open.Push(layer);
            }
            else if (xml.Name == "field")
            {
                Add(frames[^1], open.Peek(), name, xml);
            }
        }

        return frames;
    }

    private static void Add(DissectedFrame frame, Layer layer, string name, XmlReader xml)
    {
        var field = new Field(name, Number(xml, "pos"), Number(xml, "size"), xml.GetAttribute("show") ?? "");
        layer.Fields.Add(field);
        if (name.EndsWith(".checksum.status", StringComparison.Ordinal) && field.Show == "0")
            frame.Complaints.Add(new Complaint(layer.Protocol, "bad checksum"));
        // The message stands before the severity.
        if (name == "_ws.expert.severity" && field.Number >= Warning)
        {
            var message = Numbers().Replace(layer.Find("_ws.expert.message")?.Show ?? "", "#");
            var complaint = new Complaint(layer.Protocol, message);
            if (complaint.IsAboutHeaders) frame.Complaints.Add(complaint);
        }

        if (name == "_ws.expert.message") layer.Fields.RemoveAll(f => f.Name == name && f != field);
    }

    private static int Number(XmlReader xml, string attribute) =>
        int.TryParse(xml.GetAttribute(attribute), CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex("0x[0-9a-f]+|[0-9]+")]
    private static partial Regex Numbers();
}
