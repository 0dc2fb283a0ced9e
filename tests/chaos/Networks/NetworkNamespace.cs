using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Holdfast.Chaos.Networks;

/// <summary>A network namespace: a machine with interfaces of its own, which is gone once this is disposed. It speaks no IPv6 by
/// itself: a kernel that greets its neighbours when an interface comes up would be heard among the frames of a test.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;

    private const string NoIpv6 = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

    private static int _made;

    /// <param name="label">Part of its name.</param>
    /// <param name="prefix">What its name begins with; this process's unless given.</param>
    public NetworkNamespace(string label, string? prefix = null)
    {
        Name = $"{prefix ?? $"hf{Environment.ProcessId}-"}{label}-{Interlocked.Increment(ref _made)}";
        Tool("ip", "netns", "add", Name);
        try
        {
            Ip("link set dev lo up");
            _ = Do(() =>
            {
                if (File.Exists(NoIpv6)) File.WriteAllText(NoIpv6, "1");
                return true;
            });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name { get; }

    /// <summary>What is missing on this machine for namespaces and these tools, and the remedy; null if nothing is.</summary>
    public static string? Missing(params string[] tools)
    {
        if (Mono.Unix.Native.Syscall.geteuid() != 0) return "network namespaces take root: run it with sudo";
        foreach (var tool in tools.Prepend("ip"))
        {
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Append("/sbin").Any(d => File.Exists(Path.Combine(d, tool))))
                return $"{tool} is missing: apt-get install {PackageOf(tool)}";
        }

        try
        {
            new NetworkNamespace("try").Dispose();
            return null;
        }
        catch (InvalidOperationException error)
        {
            return $"no network namespace can be made here, as in a container without CAP_SYS_ADMIN: {error.Message}";
        }
    }

    private static string PackageOf(string tool) => tool switch
    {
        "ip" or "tc" or "bridge" => "iproute2",
        "ping" => "iputils-ping",
        "nft" => "nftables",
        "sysctl" => "procps",
        _ => tool,
    };

    /// <summary>Joins two namespaces by a cable.</summary>
    public static void Connect(NetworkNamespace one, string name, NetworkNamespace other, string otherName)
    {
        Tool("ip", "link", "add", name, "netns", one.Name, "type", "veth", "peer", "name", otherName, "netns", other.Name);
        one.Ip($"link set dev {name} up");
        other.Ip($"link set dev {otherName} up");
    }

    /// <summary>Makes an interface fit for a port: no ARP either.</summary>
    public void Silence(string name) => Ip($"link set dev {name} arp off");

    public string Ip(string arguments) => Tool("ip", ["-n", Name, .. arguments.Split(' ')]);

    /// <summary>Runs a program in the namespace.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public string Run(string program, params string[] arguments) => Tool("ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>Starts a program in the namespace; its process is the program's own.</summary>
    public Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("ip", ["netns", "exec", Name, program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Calls something in the namespace; sockets made there stay there.</summary>
    public T Do<T>(Func<T> call)
    {
        var result = default(T);
        ExceptionDispatchInfo? failure = null;
        // A thread of its own: it can't be given back to anyone who wants to be elsewhere.
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/run/netns/{Name}");
                if (SetNamespace((int)handle.DangerousGetHandle(), CLONE_NEWNET) != 0)
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                result = call();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    public void Dispose() => Tool("ip", "netns", "delete", Name);

    private static string Tool(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {errors.Result}{output}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int fd, int kind);
}
