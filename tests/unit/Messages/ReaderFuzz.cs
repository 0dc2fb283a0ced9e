using Holdfast.Replicator.Messages;

namespace Holdfast.Tests.Unit.Messages;

/// <summary>Attacks on the wire decoder, from a seed. Each says what went wrong, or nothing.</summary>
internal static class ReaderFuzz
{
    /// <summary>Bytes without any meaning, at times with a right magic.</summary>
    public static string? Noise(int seed, KnownBadReader knownBad) => Attack(seed, knownBad, (random, reader) =>
    {
        var bytes = new byte[random.Next(1, 20_000)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0) BitConverter.TryWriteBytes(bytes, MessageHeader.ExpectedMagic);
        var read = Talk.Feed(reader, bytes, random);
        return read.Count > 0 ? $"{read.Count} messages were read from noise" : null;
    });

    /// <summary>A valid stream with one bit flipped: everything before is read, nothing from there on.</summary>
    public static string? FlippedBit(int seed, KnownBadReader knownBad) => Attack(seed, knownBad, (random, reader) =>
    {
        var said = Stream(random);
        var bytes = said.SelectMany(s => s.Bytes).ToArray();
        var at = random.Next(bytes.Length);
        bytes[at] ^= (byte)(1 << random.Next(8));
        var before = 0;
        for (var end = 0; (end += said[before].Bytes.Length) <= at;) before++;
        var read = Talk.Feed(reader, bytes, random);
        if (!IsPrefix(read, said) || read.Count != before) return $"{read.Count} messages were read, {before} stood before the flipped bit";
        return reader.Error is null ? "a flipped bit was not noticed" : null;
    });

    /// <summary>A valid stream in which bytes are missing or too much: nothing is read that was not said.</summary>
    public static string? Shifted(int seed, KnownBadReader knownBad) => Attack(seed, knownBad, (random, reader) =>
    {
        var said = Stream(random);
        var bytes = said.SelectMany(s => s.Bytes).ToList();
        var at = random.Next(bytes.Count);
        if (random.Next(2) == 0) bytes.RemoveRange(at, random.Next(1, Math.Min(200, bytes.Count - at + 1)));
        else bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 200)).Select(_ => (byte)random.Next(256)));
        var read = Talk.Feed(reader, bytes.ToArray(), random);
        return read.All(r => said.Any(s => Talk.Same(r, s))) ? null : "something was read that was never said";
    });

    /// <summary>Headers whose checksums are right and whose lengths, pieces and types are anything.</summary>
    public static string? Forged(int seed, KnownBadReader knownBad) => Attack(seed, knownBad, (random, reader) =>
    {
        var stream = new List<byte>();
        for (var count = random.Next(1, 12); count > 0; count--)
        {
            var honest = Talk.Random(random, 2_000);
            var header = honest.Header;
            (header.Magic, header.WireVersion) = (MessageHeader.ExpectedMagic, MessageHeader.CurrentVersion);
            (header.PayloadBytes, header.Pieces) = ((uint)honest.Payload.Length, 1);
            switch (random.Next(6))
            {
                case 0: header.PayloadBytes = (uint)random.NextInt64(uint.MaxValue + 1L); break;
                case 1: header.PayloadBytes = random.Next(2) == 0 ? uint.MaxValue : int.MaxValue; break;
                case 2: (header.Piece, header.Pieces) = ((ushort)random.Next(4), (ushort)random.Next(4)); break;
                case 3: (header.Piece, header.Pieces) = ((ushort)random.Next(65_536), (ushort)random.Next(65_536)); break;
                case 4: header.Type = (MessageType)random.Next(256); break;
                case 5: (header.Piece, header.Pieces) = (0, ushort.MaxValue); break;
            }

            stream.AddRange(Talk.Forge(header, honest.Payload, correctPayloadCrc: random.Next(8) != 0));
        }

        _ = Talk.Feed(reader, stream.ToArray(), random);
        return null;
    });

    private static string? Attack(int seed, KnownBadReader knownBad, Func<Random, MessageReader, string?> attack)
    {
        var reader = new MessageReader(Talk.MaxPayload, knownBad);
        try
        {
            if (attack(new Random(seed), reader) is { } wrong) return wrong;
            // It waits or has found the fault; whatever it is asked, it reads nothing more.
            return reader.TryRead(out _, out _) ? "it reads on without new bytes" : null;
        }
        catch (Exception thrown)
        {
            return $"{thrown.GetType().Name}: {thrown.Message}";
        }
    }

    private static List<Said> Stream(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => Talk.Random(random, random.Next(40) == 0 ? Talk.MaxPayload : 800))];

    private static bool IsPrefix(List<Said> read, List<Said> said) =>
        read.Count <= said.Count && read.Zip(said).All(pair => Talk.Same(pair.First, pair.Second));
}
