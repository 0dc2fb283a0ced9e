using System.Security.Cryptography;

namespace Holdfast.Chaos.Clients;

/// <summary>What arrives of a stream that ends with the SHA-256 of all before: each byte, the sum, and where it ends.</summary>
/// <param name="seed">Of the stream's pattern.</param>
/// <param name="length">Without the sum.</param>
internal sealed class StreamCheck(ulong seed, long length) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _sum = new byte[SHA256.HashSizeInBytes];
    private byte[] _expected = [];
    private long _at;

    /// <summary>The first thing that was wrong; null while nothing is.</summary>
    public string? Wrong { get; private set; }

    /// <summary>All that is wrong is that the end is missing.</summary>
    public bool IsCutShort { get; private set; }

    private bool IsWhole => _at == length + _sum.Length;

    public void Take(ReadOnlySpan<byte> bytes)
    {
        var data = bytes[..(int)Math.Clamp(length - _at, 0, bytes.Length)];
        if (_expected.Length < data.Length) _expected = new byte[data.Length];
        var expected = _expected.AsSpan(0, data.Length);
        Pattern.Fill(expected, seed, _at);
        if (data.CommonPrefixLength(expected) is var same && same < data.Length)
            Wrong ??= $"byte {_at + same} of {length} is {data[same]:x2} instead of {expected[same]:x2}";
        _hash.AppendData(data);
        _at += data.Length;
        var rest = bytes[data.Length..];
        if (rest.IsEmpty) return;
        var room = (int)(length + _sum.Length - _at);
        if (rest.Length > room) Wrong ??= $"{rest.Length - room} bytes behind the end";
        var sum = rest[..Math.Min(room, rest.Length)];
        sum.CopyTo(_sum.AsSpan((int)(_at - length)));
        _at += sum.Length;
        if (IsWhole && !_hash.GetCurrentHash().AsSpan().SequenceEqual(_sum)) Wrong ??= "the checksum is another";
    }

    /// <summary>The stream has ended.</summary>
    public void End()
    {
        if (IsWhole || Wrong is not null) return;
        IsCutShort = true;
        Wrong = $"the stream ended at byte {_at} of {length}";
    }

    public void Dispose() => _hash.Dispose();
}
