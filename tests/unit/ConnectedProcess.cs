using System.Diagnostics;
using System.Net.Sockets;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;

namespace Holdfast.Tests.Unit;

/// <summary>This assembly as a real second process, started as nfmgr starts NFs, that has connected to us; killed at the end.</summary>
internal sealed class ConnectedProcess : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly System.Diagnostics.Process _process;

    private ConnectedProcess(System.Diagnostics.Process process, FdSocket socket)
    {
        _process = process;
        Socket = socket;
    }

    public FdSocket Socket { get; }

    public int Id => _process.Id;

    /// <param name="arguments">Of <see cref="SecondProcess"/>: the mode first; the socket's path is put behind them.</param>
    public static ConnectedProcess Start(params IEnumerable<string> arguments)
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-").FullName;
        System.Diagnostics.Process? process = null;
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint($"{directory}/s"));
            listener.Listen(1);
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
                ["exec", typeof(ConnectedProcess).Assembly.Location, .. arguments, $"{directory}/s"]);
            foreach (var (name, value) in RuntimeSwitches.Environment) start.Environment[name] = value;
            process = System.Diagnostics.Process.Start(start)!;
            if (!listener.Poll(Patience, SelectMode.SelectRead))
                throw new TimeoutException("the second process did not connect");
            return new ConnectedProcess(process, new FdSocket(listener.Accept()));
        }
        catch
        {
            process?.Kill();
            throw;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>SIGKILL; returns at once.</summary>
    public void Kill() => _process.Kill();

    /// <returns>The exit code, or null if it does not end.</returns>
    public int? WaitForExit() => _process.WaitForExit(Patience) ? _process.ExitCode : null;

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Socket.Dispose();
    }
}
