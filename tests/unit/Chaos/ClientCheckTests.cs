using System.Security.Cryptography;
using Holdfast.Chaos.Clients;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chaos;

/// <summary>What clients of a chaos run must find.</summary>
public sealed class ClientCheckTests
{
    private const ulong Seed = 5;
    private const int Length = 10_000;

    [Test]
    public void A_stream_as_it_was_sent_is_right_in_whatever_pieces_it_comes([Values(1, 7, 1_000, Length + 32)] int piece)
    {
        var check = Take(Stream(), piece);
        Assert.That(check.Wrong, Is.Null);
    }

    [Test]
    public void A_changed_byte_is_found_wherever_it_is([Values(0, 1, 7_777, Length - 1)] int at)
    {
        var bytes = Stream();
        bytes[at] ^= 0x10;
        var check = Take(bytes, 512);
        Assert.That(check.Wrong, Does.StartWith($"byte {at} of {Length} is"));
        Assert.That(check.IsCutShort, Is.False, "no loss of state excuses that");
    }

    [Test]
    public void A_changed_checksum_is_found()
    {
        var bytes = Stream();
        bytes[^1] ^= 1;
        Assert.That(Take(bytes, 512).Wrong, Is.EqualTo("the checksum is another"));
    }

    [TestCase(0)]
    [TestCase(4_096)]
    [TestCase(Length + 31)]
    public void An_early_end_is_found(int end)
    {
        var check = Take(Stream()[..end], 512);
        Assert.That(check.Wrong, Does.StartWith("the stream ended at byte"));
        Assert.That(check.IsCutShort, Is.True);
    }

    [Test]
    public void Bytes_that_come_again_are_found()
    {
        var bytes = Stream();
        Assert.That(Take([.. bytes[..2_000], .. bytes[1_000..]], 512).Wrong, Does.StartWith("byte 2000 of"));
        Assert.That(Take([.. bytes, 0], 512).Wrong, Is.EqualTo("1 bytes behind the end"));
    }

    [Test]
    public void Datagrams_are_good_once()
    {
        var check = new DatagramCheck();
        Assert.That(check.Take(Datagram(1), sent: 3), Is.Null);
        Assert.That(check.Take(Datagram(3), sent: 3), Is.Null);
        Assert.That(check.Take(Datagram(2), sent: 3), Is.Null, "late is not wrong");
        Assert.That(check.Take(Datagram(3), sent: 3), Is.EqualTo("datagram 3 came twice"));
        Assert.That((check.Good, check.Late), Is.EqualTo((3L, 1L)));
    }

    [Test]
    public void A_changed_datagram_is_found([Values(8, 100, DatagramCheck.Bytes - 1)] int at)
    {
        var datagram = Datagram(4);
        datagram[at] ^= 0x80;
        Assert.That(new DatagramCheck().Take(datagram, sent: 4), Does.StartWith($"byte {at} of datagram 4 is"));
    }

    [Test]
    public void A_datagram_that_nobody_sent_or_of_another_length_is_found()
    {
        Assert.That(new DatagramCheck().Take(Datagram(9), sent: 8), Does.StartWith("datagram 9, of which only 8 were sent"));
        Assert.That(new DatagramCheck().Take(Datagram(1).AsSpan(1), sent: 8), Does.StartWith("a datagram of 199 bytes"));
    }

    [Test]
    public void A_silence_is_measured_while_it_goes_on_and_only_once()
    {
        var watch = new SilenceWatch();
        Assert.That(watch.TakeWorst(), Is.Zero, "nobody waits");
        watch.Begin(this);
        Thread.Sleep(20);
        Assert.That(watch.TakeWorst(), Is.GreaterThanOrEqualTo(20));
        watch.Heard(this);
        _ = watch.TakeWorst();
        watch.End(this);
        Thread.Sleep(5);
        _ = watch.TakeWorst();
        Assert.That(watch.TakeWorst(), Is.Zero, "nobody waits any more");
    }

    private static byte[] Stream()
    {
        var bytes = new byte[Length];
        Pattern.Fill(bytes, Seed, 0);
        return [.. bytes, .. SHA256.HashData(bytes)];
    }

    private static byte[] Datagram(ulong number)
    {
        var datagram = new byte[DatagramCheck.Bytes];
        DatagramCheck.Write(datagram, number);
        return datagram;
    }

    private static StreamCheck Take(byte[] bytes, int piece)
    {
        using var check = new StreamCheck(Seed, Length);
        foreach (var part in bytes.Chunk(piece)) check.Take(part);
        check.End();
        return check;
    }
}
