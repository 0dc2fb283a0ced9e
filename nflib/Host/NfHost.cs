using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Host.Sandboxing;
using Holdfast.NfLib.Memory;
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
            // Written before it connects: nfmgr waits for who has, and what runs for the first time is compiled first.
            var hello = JsonSerializer.Serialize(new NfHello(function, Environment.ProcessId), AttachJson.Default.NfHello);
            using var socket = FdSocket.Connect(path);
            socket.SendLine(hello);
            var owner = Attach(socket, parent, create);
            new Thread(owner.Run) { IsBackground = true, Name = function }.Start();
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

    private static OwnerLoop Attach(FdSocket socket, int parent, Func<JsonElement, INetworkFunction> create)
    {
        var answer = socket.ReadLine(Patience) ?? throw new IOException("nfmgr hung up instead of attaching this NF");
        var attach = JsonSerializer.Deserialize(answer, AttachJson.Default.NfAttach)
                     ?? throw new InvalidDataException("nfmgr sent an empty answer");
        try
        {
            var at = NfMapping.Map(socket, attach, out var bell);
            Sandbox.Enter(parent);
            INetworkFunction Create() => create(attach.Settings);
            var nf = Create();
            var layout = WarmUp.Run(Create(), attach.IsTwin);
            var migrates = StateBinding.Bind(nf, at.Block, attach, layout, Create);
            var loop = new NfLoop(nf, at);
            var owner = new OwnerLoop(loop, at, bell, new Waiting(Enum.Parse<WaitStrategy>(attach.Waiting)), attach.Generation)
            {
                Core = attach.Core,
                Prepare = !migrates ? null : () =>
                {
                    // Unless a process of this build has done it, and died.
                    if (StateDirectory.LayoutHash(at.Block.Data) != layout) loop.Migrate(StateBinding.Migrated(at.Block.Data, attach.Seed, Create));
                },
            };
            Send(new NfReady(null, layout, migrates));
            return owner;
        }
        catch (Exception error)
        {
            // nfmgr shows it to the operator; this process can only end.
            Send(new NfReady(error.Message));
            throw new InvalidDataException(error.Message, error);
        }

        void Send(NfReady ready) => socket.SendLine(JsonSerializer.Serialize(ready, AttachJson.Default.NfReady));
    }

    private static string? Option(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
