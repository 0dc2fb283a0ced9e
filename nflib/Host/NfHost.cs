using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Host;

/// <summary>
/// The process of one NF: attaches to the nfmgr that started it, and runs the NF's loop on a thread of its own until
/// nfmgr goes away. An NF's Main is one call of <see cref="Run"/>.
/// </summary>
public static class NfHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Runs the NF.</summary>
    /// <param name="args">What nfmgr passed: <c>--socket PATH --function NAME --parent PID</c>; or what a person typed:
    /// <c>show FILE</c>.</param>
    /// <param name="create">Makes the NF from its settings; also called for a scratch instance that warms the code up.</param>
    /// <param name="show">Writes what a saved state block holds, in lines that people and scripts can read; throws
    /// <see cref="StateLayoutException"/> if it is not this NF's. Without it only its containers are listed.</param>
    /// <returns>The process's exit code: 0 when nfmgr ended or the state is shown, 2 for wrong arguments, 1 for anything
    /// else.</returns>
    public static int Run(string[] args, Func<JsonElement, INetworkFunction> create,
        Action<SavedState, TextWriter>? show = null)
    {
        if (args is ["show", var file]) return Show(file, show);
        if (Option(args, "--socket") is not { } path || Option(args, "--function") is not { } function
            || !int.TryParse(Option(args, "--parent"), out var parent))
        {
            Console.Error.WriteLine("This is a network function: nfmgr starts it from its configuration. Try `nfmgr demo`. "
                                    + "By hand: `show FILE` prints a state block that `nfmgr save-state` wrote.");
            return 2;
        }

        // nfmgr dies: so do we, by the kernel's hand. It may have died before we asked for that.
        _ = Libc.Prctl(Libc.PR_SET_PDEATHSIG, 9, 0, 0, 0);
        if (Libc.GetParentProcessId() != parent) return 1;

        try
        {
            using var socket = FdSocket.Connect(path);
            var loop = Attach(socket, function, create, out var waiting, out var bell, out var at);
            new Thread(() => RunLoop(loop, waiting, bell, at)) { IsBackground = true, Name = function }.Start();
            // The end of the control socket is nfmgr's end, or its wish that this process ends.
            while (socket.ReadLine(Timeout.InfiniteTimeSpan) is not null)
            {
            }

            return 0;
        }
        catch (Exception error) when (error is IOException or SocketException or InvalidDataException
                                          or MemoryObjectException or TimeoutException or JsonException or ArgumentException)
        {
            Console.Error.WriteLine($"{function}: {error.Message}");
            return 1;
        }
    }

    private static int Show(string file, Action<SavedState, TextWriter>? show)
    {
        try
        {
            var data = File.ReadAllBytes(file);
            var state = new SavedState(data);
            if (show is not null) show(state, Console.Out);
            else foreach (var line in StateContent.Describe(data)) Console.WriteLine(line);
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or StateLayoutException)
        {
            Console.Error.WriteLine($"{file}: {error.Message}");
            return 1;
        }
    }

    private static NfLoop Attach(FdSocket socket, string function, Func<JsonElement, INetworkFunction> create,
        out Waiting waiting, out Doorbell bell, out NfAttachment at)
    {
        socket.SendLine(JsonSerializer.Serialize(new NfHello(function, Environment.ProcessId), AttachJson.Default.NfHello));
        var answer = socket.ReadLine(Patience) ?? throw new IOException("nfmgr hung up instead of attaching this NF");
        var attach = JsonSerializer.Deserialize(answer, AttachJson.Default.NfAttach)
                     ?? throw new InvalidDataException("nfmgr sent an empty answer");
        var nf = (INetworkFunction?)null;
        try
        {
            at = Map(socket, attach, out bell);
            nf = create(attach.Settings);
            var declaration = new StateDeclaration(at.Block, attach.Seed);
            nf.Initialise(declaration);
            declaration.Complete();
            var scratch = create(attach.Settings);
            WarmUp.Run(scratch);
        }
        catch (Exception error)
        {
            // nfmgr shows it to the operator; this process can only end.
            socket.SendLine(JsonSerializer.Serialize(new NfReady(error.Message), AttachJson.Default.NfReady));
            throw new InvalidDataException(error.Message, error);
        }

        waiting = new Waiting(Enum.Parse<WaitStrategy>(attach.Waiting));
        socket.SendLine(JsonSerializer.Serialize(new NfReady(null), AttachJson.Default.NfReady));
        return new NfLoop(nf, at);
    }

    private static NfAttachment Map(FdSocket socket, NfAttach attach, out Doorbell bell)
    {
        var fds = new int[(int)AttachDescriptors.Count];
        for (var i = 0; i < fds.Length; i++) fds[i] = socket.TakeDescriptor();
        int Fd(AttachDescriptors which) => fds[(int)which];
        MemoryObject Ring(AttachDescriptors which) => MemoryObject.Map(Fd(which), ObjectKind.Ring, RingLayout.Version);

        var bells = MemoryObject.Map(Fd(AttachDescriptors.Doorbells), ObjectKind.Doorbells, Doorbells.Version);
        bell = new Doorbell(bells, Doorbells.OffsetOf(attach.Index + 1));
        List<Doorbell> neighbours = [new Doorbell(bells, Doorbells.OffsetOf(0), Fd(AttachDescriptors.ManagerEvent))];
        if (attach.Index > 0) neighbours.Add(new Doorbell(bells, Doorbells.OffsetOf(attach.Index)));
        if (attach.Index + 1 < attach.Functions) neighbours.Add(new Doorbell(bells, Doorbells.OffsetOf(attach.Index + 2)));

        return new NfAttachment
        {
            Control = new ChainControl(MemoryObject.Map(Fd(AttachDescriptors.Control), ObjectKind.ChainControl, ChainControl.Version, readOnly: true)),
            Pool = new PacketPool(MemoryObject.Map(Fd(AttachDescriptors.Pool), ObjectKind.PacketPool, PacketPool.Version)),
            Block = new StateBlock(MemoryObject.Map(Fd(AttachDescriptors.Block), ObjectKind.StateBlock, StateBlock.Version)),
            Slots = new DeltaSlots(MemoryObject.Map(Fd(AttachDescriptors.Slots), ObjectKind.DeltaSlots, DeltaSlots.Version)),
            Inputs = [new RingConsumer(Ring(AttachDescriptors.InputFromLeft)), new RingConsumer(Ring(AttachDescriptors.InputFromRight))],
            Outputs = [new RingProducer(Ring(AttachDescriptors.OutputToRight)), new RingProducer(Ring(AttachDescriptors.OutputToLeft))],
            Returns = new RingProducer(Ring(AttachDescriptors.Returns)),
            Neighbours = [.. neighbours],
        };
    }

    private static void RunLoop(NfLoop loop, Waiting waiting, Doorbell bell, NfAttachment at)
    {
        while (true)
        {
            if (loop.DoWork() > 0)
            {
                waiting.Worked();
                continue;
            }

            // On a standby there is nothing to be quick for until it is rung.
            if (at.Control.Active && !waiting.ShouldSleep()) continue;
            bell.AnnounceSleep();
            if (loop.DoWork() > 0)
            {
                bell.CancelSleep();
                continue;
            }

            ref var vitals = ref at.Block.Vitals;
            vitals.Sleeps++;
            vitals.Stalls = waiting.Stalls;
            vitals.AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
            bell.Sleep();
        }
    }

    private static string? Option(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
