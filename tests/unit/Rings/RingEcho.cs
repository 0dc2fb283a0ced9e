using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;

namespace Holdfast.Tests.Unit.Rings;

/// <summary>One end of a pair of rings; as a program, it answers each packet descriptor with the next number.</summary>
internal sealed class RingEcho(MemoryObject input, MemoryObject output, MemoryObject bells, int me)
{
    public const string Mode = "ring-echo";

    private readonly Doorbell _sleep = new(bells, Doorbells.OffsetOf(me));

    public RingConsumer Input { get; } = new(input);

    public RingProducer Output { get; } = new(output);

    public Doorbell Other { get; } = new(bells, Doorbells.OffsetOf(1 - me));

    /// <summary>The second process: connects, is handed the rings, echoes until a barrier comes.</summary>
    public static int Run(string path)
    {
        using var socket = FdSocket.Connect(path);
        if (socket.ReadLine(TimeSpan.FromSeconds(10)) is null) return 1;
        using var input = MemoryObject.Map(socket.TakeDescriptor(), ObjectKind.Ring, RingLayout.Version);
        using var output = MemoryObject.Map(socket.TakeDescriptor(), ObjectKind.Ring, RingLayout.Version);
        using var bells = MemoryObject.Map(socket.TakeDescriptor(), ObjectKind.Doorbells, Doorbells.Version);
        var echo = new RingEcho(input, output, bells, me: 1);
        while (true)
        {
            while (echo.Input.Available() == 0) echo.Wait();
            var descriptor = echo.Input.Peek(0);
            echo.Input.Advance(1);
            if (descriptor.Kind != DescriptorKind.Packet) return 0;
            echo.Send(Descriptor.Packet((uint)descriptor.Value + 1));
        }
    }

    public void Send(Descriptor descriptor)
    {
        while (!Output.TryEnqueue(descriptor)) Wait();
        Other.Ring();
    }

    /// <summary>Sleeps unless something came in the meantime.</summary>
    public void Wait()
    {
        _sleep.AnnounceSleep();
        if (Input.Available() > 0) _sleep.CancelSleep();
        else _sleep.Sleep();
        Other.Ring(); // it may wait for the room that we made
    }
}
