using System.Buffers.Binary;
using System.Net;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.Tests.Unit.Chains;

namespace Holdfast.Tests.Dissection;

/// <summary>Frames on their way through a NAT, each compared with what must become of it.</summary>
internal sealed class NatPassage
{
    private const byte FirstMulticast = 224;
    private const long Rst = 0x04;

    // Not used in any capture. Away from the default ports, one of which tshark takes for that of a protocol.
    private static readonly IPAddress Outside = IPAddress.Parse("203.0.113.77");
    private static readonly byte[] OutsideBytes = Outside.GetAddressBytes();
    private const int PortBase = 41_000, Sessions = 1500;

    private readonly Dictionary<(long Protocol, string Address, long Port), ushort> _ports = [];
    // The packets whose first fragment passed, as they are without a NAT.
    private readonly HashSet<(string?, string?, long, long?)> _begun = [];
    private readonly List<byte[]> _inputs = [], _outputs = [];
    private readonly List<int> _origins = [];
    private readonly SortedDictionary<string, int> _fates = [];

    /// <summary>What is wrong with what came out, or did not.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Frames that came out with another address than they went in with.</summary>
    public int Translated { get; private set; }

    public override string ToString() => string.Join(", ", _fates.Select(fate => $"{fate.Key} {fate.Value}"));

    public void Send(Capture capture, bool swapped)
    {
        var settings = new NatSettings { Outside = Outside, PortBase = PortBase, Sessions = Sessions };
        using var run = new NfRun(new Nat(settings));
        foreach (var (i, fromLeft) in capture.FromLeft(swapped).Index())
        {
            var (frame, dissected) = (capture.Frames[i], capture.Dissected[i]);
            var input = fromLeft ? frame : Redirected(frame, dissected.Headers);
            var outcome = fromLeft ? run.FromLeft(input, i / 1000.0) : run.FromRight(input, i / 1000.0);
            var fate = outcome.Dropped?.ToString() ?? "forwarded";
            _fates[fate] = _fates.GetValueOrDefault(fate) + 1;
            if (outcome.Dropped is { } reason)
            {
                Check(MayDrop(reason, dissected, fromLeft), $"{capture.Names[i]} was dropped: {reason}");
                continue;
            }

            Check(!outcome.TurnedBack, $"{capture.Names[i]} turned back");
            if (fromLeft) Note(dissected.Headers, outcome.Frame!);
            if (dissected.Headers is { IsFragment: true, IsLaterFragment: false } first) _begun.Add(first.Packet);
            CheckForwarded(capture.Names[i], frame, dissected.Headers, fromLeft, outcome.Frame!);
            _inputs.Add(input);
            _outputs.Add(outcome.Frame!);
            _origins.Add(i);
            if (!input.AsSpan().SequenceEqual(outcome.Frame)) Translated++;
        }

        CheckDissections(capture);
    }

    /// <summary>The frame as it would have come from the right had the NAT been there when it was recorded.</summary>
    private byte[] Redirected(byte[] frame, Headers? headers)
    {
        if (headers is not { Version: 4, IsSourceRouted: false, IsTranslatable: true }) return frame;
        // An error may come to another than whose packet it is about, but a NAT can't know.
        if (headers.Quoted is { } about && about.Source!.Show != headers.Destination!.Show) return frame;
        if (headers.IsLaterFragment)
        {
            return _begun.Contains(headers.Packet)
                ? Translation.Of(frame, headers, isSource: false, OutsideBytes, port: null)
                : frame;
        }

        var known = headers.Quoted is { } quoted ? Known(quoted, isSource: true) : Known(headers, isSource: false);
        return known is { } port ? Translation.Of(frame, headers, isSource: false, OutsideBytes, port) : frame;
    }

    private ushort? Known(Headers headers, bool isSource)
    {
        var (address, port) = isSource
            ? (headers.Source, headers.SourcePort)
            : (headers.Destination, headers.DestinationPort);
        return port is not null && _ports.TryGetValue((headers.Protocol, address!.Show, port.Number), out var known)
            ? known
            : null;
    }

    /// <summary>Learns the outside port of a frame from the left, which must stay the same for its inside endpoint and
    /// be no other's (RFC 4787 REQ-1).</summary>
    private void Note(Headers? headers, byte[] output)
    {
        if (headers is not { Version: 4, Quoted: null, SourcePort: { } port }) return;
        var endpoint = (headers.Protocol, headers.Source!.Show, port.Number);
        if (_ports.ContainsKey(endpoint)) return;
        var outside = BinaryPrimitives.ReadUInt16BigEndian(output.AsSpan(port.At));
        Check(!_ports.ContainsValue(outside), $"{endpoint} has another one's outside port {outside}");
        Check(outside is >= PortBase and < PortBase + Sessions, $"{endpoint} has outside port {outside}");
        _ports.Add(endpoint, outside);
    }

    private void CheckForwarded(string name, byte[] frame, Headers? headers, bool fromLeft, byte[] output)
    {
        var expected = frame;
        if (headers is { Version: 4 })
        {
            Check(!headers.IsSourceRouted, $"{name} passed");
            // Options that contradict themselves are the receiver's affair. Its complaints are still compared below.
            if (!headers.IsTranslatable) return;

            var port = Known(headers.Quoted ?? headers, isSource: fromLeft == headers.Quoted is null);
            Check(headers.IsLaterFragment ? _begun.Contains(headers.Packet) : port is not null,
                $"{name} passed without a session");
            // From the right it must come out as it was recorded.
            if (fromLeft) expected = Translation.Of(frame, headers, isSource: true, OutsideBytes, port);
        }

        Check(Translation.Same(expected, output, headers),
            $"{name}: expected\n{Convert.ToHexString(expected)}, got\n{Convert.ToHexString(output)}");
    }

    private bool MayDrop(DropReason reason, DissectedFrame dissected, bool fromLeft)
    {
        if (reason == DropReason.Malformed) return Oddities.MayBeMalformed(dissected);
        if (dissected.Headers is not { Version: 4 } headers) return false;
        var subject = headers.Quoted ?? headers;
        return reason switch
        {
            DropReason.Fragment => headers.IsLaterFragment && !_begun.Contains(headers.Packet)
                || headers.IsFragment && headers.SourcePort is null || headers.Quoted is { IsLaterFragment: true },
            DropReason.Unsupported => Oddities.MayBeSourceRouted(dissected) || fromLeft && IsMulticast(headers)
                || headers.SourcePort is null && !headers.IsError,
            DropReason.NoSession when headers.IsSourceRouted => !fromLeft, // is not redirected
            DropReason.NoSession when headers.IsError => Known(subject, isSource: !fromLeft) is null
                || !fromLeft && subject.Source!.Show != headers.Destination!.Show,
            DropReason.NoSession when fromLeft => headers.IsReply || (headers.TcpFlags & Rst) != 0,
            DropReason.NoSession => headers.IsRequest || Known(headers, isSource: false) is null,
            _ => false,
        };
    }

    private static bool IsMulticast(Headers headers) =>
        IPAddress.Parse(headers.Destination!.Show).GetAddressBytes()[0] >= FirstMulticast;

    /// <summary>tshark finds no checksum more wrong or less, and has nothing to complain about that it had not
    /// before.</summary>
    private void CheckDissections(Capture capture)
    {
        var (before, after) = (Tshark.Dissect(_inputs), Tshark.Dissect(_outputs));
        for (var i = 0; i < before.Count; i++)
        {
            var name = capture.Names[_origins[i]];
            var (original, input, output) = (capture.Dissected[_origins[i]], before[i], after[i]);
            // Also the frame that this test itself has redirected is as right as the recorded one.
            var errors = (original.Headers?.ChecksumErrors() ?? []).ToList();
            foreach (var (way, frame) in ((string, DissectedFrame)[])[("into", input), ("out of", output)])
            {
                Check((frame.Headers?.ChecksumErrors() ?? []).SequenceEqual(errors),
                    $"{name} on its way {way} the NAT: a checksum is more wrong, or less, than it was");
            }

            var added = output.Complaints.Except(input.Complaints).ToArray();
            Check(added.Length == 0, $"{name}: {string.Join(", ", added)}");
        }
    }

    private void Check(bool isFine, string fault)
    {
        if (!isFine) Faults.Add(fault);
    }
}
