using Holdfast.Replicator.Messages;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Messages;

/// <summary>Invariant 8 at the wire: whatever arrives, the reader waits or says what is wrong.</summary>
public sealed class ReaderFuzzTests
{
    private const int Seeds = 400;

    private static readonly Func<int, KnownBadReader, string?>[] Attacks =
        [ReaderFuzz.Noise, ReaderFuzz.FlippedBit, ReaderFuzz.Shifted, ReaderFuzz.Forged];

    [Test]
    public void The_reader_stands_every_attack([Values(0, 1, 2, 3)] int attack, [Values] bool freshSeeds)
    {
        var first = freshSeeds ? Random.Shared.Next(10_000, int.MaxValue - Seeds) : 1;
        for (var seed = first; seed < first + Seeds; seed++)
            Assert.That(Attacks[attack](seed, KnownBadReader.None), Is.Null, $"seed {seed}");
    }

    /// <summary>The test of the test: a reader that believes lengths is found by the same attacks.</summary>
    [Test]
    public void A_reader_that_trusts_lengths_is_caught()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            if (ReaderFuzz.Forged(seed, KnownBadReader.TrustLengths) is { } wrong) Assert.Pass($"caught with seed {seed}: {wrong}");
        }

        Assert.Fail("no seed showed it");
    }

    [Test]
    public void A_stream_that_ends_at_any_byte_gives_what_is_whole_and_waits_for_the_rest()
    {
        var random = new Random(5);
        List<Said> said = [.. Enumerable.Range(0, 4).Select(_ => Talk.Random(random, 60))];
        var bytes = said.SelectMany(s => s.Bytes).ToArray();
        for (var end = 0; end <= bytes.Length; end++)
        {
            var reader = new MessageReader(Talk.MaxPayload);
            var read = Talk.Feed(reader, bytes.AsSpan(0, end), random);
            var whole = 0;
            for (var at = 0; whole < said.Count && (at += said[whole].Bytes.Length) <= end;) whole++;
            Assert.That(reader.Error, Is.Null, $"cut at {end}");
            Assert.That(read, Has.Count.EqualTo(whole), $"cut at {end}");
        }
    }

    [Test]
    public void A_fault_is_named_and_nothing_is_read_behind_it()
    {
        var good = new Said(new MessageHeader { Type = MessageType.Heartbeat }, []);
        var header = good.Header;
        (header.Magic, header.WireVersion, header.Pieces) = (MessageHeader.ExpectedMagic, MessageHeader.CurrentVersion, 1);
        var (magic, version, type, length, piece, hello) = (header, header, header, header, header, header);
        magic.Magic = 1;
        version.WireVersion = 9;
        type.Type = (MessageType)99;
        length.PayloadBytes = 700_000;
        piece.Pieces = 0;
        hello.Type = MessageType.Hello;
        foreach (var (forged, word) in new[]
                 {
                     (magic, "magic"), (version, "wire version 9"), (type, "unknown message type 99"),
                     (length, "700000 bytes"), (piece, "piece 0 of 0"), (hello, "HELLO has 0 bytes"),
                 })
        {
            var reader = new MessageReader(Talk.MaxPayload);
            var read = Talk.Feed(reader, [.. good.Bytes, .. Talk.Forge(forged, []), .. good.Bytes], new Random(1));
            Assert.That(read, Has.Count.EqualTo(1), word);
            Assert.That(reader.Error, Does.Contain(word));
        }
    }
}
