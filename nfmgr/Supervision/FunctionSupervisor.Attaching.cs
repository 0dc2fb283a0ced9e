using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>Giving a new process what it needs, on the thread of its control connection.</summary>
internal sealed partial class FunctionSupervisor
{
    /// <summary>Attaches an NF that has connected; stays with it until it is ready.</summary>
    /// <param name="socket">Its connection.</param>
    /// <param name="hello">Who it says that it is.</param>
    /// <param name="processId">Who it is, by the kernel's word.</param>
    /// <returns>Whether the connection now belongs to the supervisor.</returns>
    public bool TryAttach(FdSocket socket, NfHello hello, int processId)
    {
        if (hello.Version != NfHello.CurrentVersion || PairOf(hello.Function) is not { } pair) return false;
        FunctionProcess? process;
        lock (_gate)
        {
            // However soon it connects, whoever started it is about to list it.
            var deadline = Environment.TickCount64 + (long)AttachPatience.TotalMilliseconds;
            while ((process = pair.Processes.Find(p => p.ProcessId == processId && p.Socket is null)) is null)
            {
                var left = deadline - Environment.TickCount64;
                if (_stop || pair.Starting == 0 || left <= 0) return false;
                Monitor.Wait(_gate, (int)left);
            }

            if (_stop) return false; // its memory is about to go
            process.Socket = socket;
            socket.SendLine(JsonSerializer.Serialize(AttachOf(pair, process), AttachJson.Default.NfAttach), _at.DescriptorsOf(IndexOf(pair)));
        }

        var ready = WaitUntilReady(process, pair);
        lock (_gate) OnReady(pair, process, ready);
        return true;
    }

    private NfAttach AttachOf(FunctionPair pair, FunctionProcess process) => new(IndexOf(pair), _pairs.Length,
        StableHash.Add(_at.Chain.Seed ^ StableHash.Seed, pair.Name), _at.Waiting, pair.Section.Settings, process.Generation, pair.Layout,
        _failures.BatchCommit, _at.JoinLines, process.IsBypass,
        IsTwin: pair.Processes.Exists(p => p.Generation == pair.Memory.Owner && !p.EndIsWanted), Core: pair.Section.Core);

    private static NfReady WaitUntilReady(FunctionProcess process, FunctionPair pair)
    {
        try
        {
            if (process.Socket!.ReadLine(AttachPatience) is not { } line) return new NfReady("it hung up while it was attached");
            var ready = JsonSerializer.Deserialize(line, AttachJson.Default.NfReady) ?? new NfReady("it sent an empty answer");
            return ready.Error is { } error ? ready with { Error = pair.Section.SettingsError($"NF {pair.Name}: {error}").ToString() } : ready;
        }
        catch (Exception error) when (error is IOException or SocketException or TimeoutException or InvalidDataException or JsonException
                                          or ObjectDisposedException)
        {
            return new NfReady($"NF {pair.Name} (process {process.ProcessId}) did not get ready: {error.Message}");
        }
    }

    private void OnReady(FunctionPair pair, FunctionProcess process, NfReady ready)
    {
        process.IsReadyWith(ready);
        Monitor.PulseAll(_gate);
        // One that has ended meanwhile has its socket closed.
        if (!_begun || process.EndIsWanted || !pair.Processes.Contains(process)) return;
        if (ready.Error is { } error) process.Kill($"could not get ready: {error}");
        else if (process.Socket!.HasBytes) process.Kill(SaidTooMuch);
        // Who is to take over by the operator's word is judged there.
        else if (!pair.IsHandingOver && !process.IsBypass && !HasLayoutOf(pair, ready))
            process.Kill($"declares another state layout than the NF that runs; put its old build back, or say `nfmgr nf restart {pair.Name}`");
    }

    private static bool HasLayoutOf(FunctionPair pair, NfReady ready) => ready.Layout == 0 || ready.Layout == pair.Layout;

    private int IndexOf(FunctionPair pair) => Array.IndexOf(_pairs, pair);
}
