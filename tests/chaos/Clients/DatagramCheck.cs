using System.Buffers.Binary;

namespace Holdfast.Chaos.Clients;

/// <summary>Numbered datagrams whose content follows from the number: which came twice, changed, or late.</summary>
internal sealed class DatagramCheck
{
    public const int Bytes = 200;

    private readonly HashSet<ulong> _seen = [];
    private readonly byte[] _expected = new byte[Bytes];
    private ulong _highest;

    public long Good { get; private set; }

    /// <summary>That came after a later one: allowed when a paused node wakes, and counted.</summary>
    public long Late { get; private set; }

    /// <summary>The whole datagram with a number.</summary>
    public static void Write(Span<byte> datagram, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(datagram, number);
        Pattern.Fill(datagram[8..], number, 0);
    }

    /// <summary>Takes what has arrived.</summary>
    /// <param name="sent">Numbers up to this one were sent.</param>
    /// <returns>What is wrong with it; null if nothing is.</returns>
    public string? Take(ReadOnlySpan<byte> datagram, ulong sent)
    {
        if (datagram.Length != Bytes) return $"a datagram of {datagram.Length} bytes instead of {Bytes}";
        var number = BinaryPrimitives.ReadUInt64LittleEndian(datagram);
        if (number > sent) return $"datagram {number}, of which only {sent} were sent";
        Write(_expected, number);
        if (datagram.CommonPrefixLength(_expected) is var same && same < Bytes)
            return $"byte {same} of datagram {number} is {datagram[same]:x2} instead of {_expected[same]:x2}";
        if (!_seen.Add(number)) return $"datagram {number} came twice";
        if (number < _highest) Late++;
        _highest = Math.Max(_highest, number);
        Good++;
        return null;
    }
}
