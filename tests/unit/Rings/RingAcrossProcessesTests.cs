using System.Diagnostics;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Rings;

/// <summary>Rings, doorbells and descriptor passing between two real processes.</summary>
public sealed class RingAcrossProcessesTests
{
    [Test]
    public void A_second_process_answers_every_descriptor_and_wakes_us()
    {
        using var second = ConnectedProcess.Start(RingEcho.Mode);
        using var there = RingLayout.Create("there", 256);
        using var back = RingLayout.Create("back", 256);
        using var bells = Doorbells.Create(2);
        second.Socket.SendLine("rings", there.Fd, back.Fd, bells.Fd);

        var end = new RingEcho(back, there, bells, me: 0);
        Flood(end, 200_000);
        AssertWakesAcross(end);
        end.Send(Descriptor.Barrier(1, join: false));
        Assert.That(second.WaitForExit(), Is.Zero, "the second process ends at the barrier");
    }

    private static void Flood(RingEcho end, uint count)
    {
        uint sent = 0, received = 0;
        while (received < count)
        {
            var burst = (int)Math.Min(end.Output.Room(32), count - sent);
            for (var i = 0; i < burst; i++) end.Output.Put(i, Descriptor.Packet(sent++));
            end.Output.Publish(burst);
            end.Other.Ring();
            var available = end.Input.Available(32);
            for (var i = 0; i < available; i++, received++)
            {
                if (end.Input.Peek(i) != Descriptor.Packet(received + 1))
                    Assert.Fail($"{end.Input.Peek(i)} after {received} answers");
            }

            end.Input.Advance(available);
            if (burst + available == 0) end.Wait();
        }
    }

    /// <summary>Both sides sleep in between, so a futex that is private to a process would cost two time-outs a
    /// round.</summary>
    private static void AssertWakesAcross(RingEcho end)
    {
        var rounds = new List<TimeSpan>();
        for (uint i = 0; i < 100; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            end.Send(Descriptor.Packet(i));
            while (end.Input.Available() == 0) end.Wait();
            end.Input.Advance(1);
            rounds.Add(Stopwatch.GetElapsedTime(begin));
        }

        rounds.Sort();
        Assert.That(rounds[50], Is.LessThan(TimeSpan.FromMilliseconds(Doorbell.MaxSleepMilliseconds)),
            "median round trip");
    }
}
