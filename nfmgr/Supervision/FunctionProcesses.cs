using System.Diagnostics;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>An NF's process could not be started or attached.</summary>
public sealed class FunctionStartException(string message) : Exception(message);

/// <summary>Starts NF processes.</summary>
internal static class FunctionProcesses
{
    /// <summary>Where a program is: shipped NFs lie beside nfmgr.</summary>
    public static string ProgramOf(FunctionSection function) => function.IsShipped
        ? Path.Combine(AppContext.BaseDirectory, "functions", function.Program, function.Program)
        : function.Program;

    /// <param name="function">The NF.</param>
    /// <param name="generation">Of this process.</param>
    /// <param name="bypass">Starts the program that forwards everything in its place.</param>
    /// <param name="controlSocket">Where the process attaches.</param>
    /// <exception cref="FunctionStartException">The program can't be started.</exception>
    public static FunctionProcess Start(FunctionSection function, uint generation, bool bypass, string controlSocket)
    {
        var program = ProgramOf(bypass ? FunctionSection.Bypass : function);
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in new[] { "--socket", controlSocket, "--function", function.Name, "--parent", $"{Environment.ProcessId}" })
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in RuntimeSwitches.Environment) start.Environment[name] = value;
        try
        {
            var process = Spawner.StartFunction(start);
            var pidFd = Libc.PidFdOpen(process.Id);
            if (pidFd < 0)
            {
                process.Kill();
                throw new FunctionStartException($"NF {function.Name}: its process can't be watched (pidfd_open: "
                    + $"{System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}); Linux 5.3 or later is needed");
            }

            return new FunctionProcess(function.Name, generation, bypass, process, pidFd);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new FunctionStartException(
                $"NF {function.Name}: {program} can't be started ({error.Message}); check chain.functions in the configuration");
        }
    }
}
