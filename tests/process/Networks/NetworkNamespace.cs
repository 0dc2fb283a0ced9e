using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Networks;

/// <summary>A network namespace of the test: a machine with interfaces of its own. It is gone after the test.</summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000;

    private static int _made;

    public NetworkNamespace(string label)
    {
        Name = $"hf{Environment.ProcessId}-{label}-{Interlocked.Increment(ref _made)}";
        Tool("ip", "netns", "add", Name);
        Ip("link set dev lo up");
    }

    public string Name { get; }

    /// <summary>Ends the test without a verdict when it can't make namespaces here.</summary>
    public static void Require(params string[] packages)
    {
        if (Mono.Unix.Native.Syscall.geteuid() != 0) Assert.Ignore("network namespaces take root: run the tests with sudo");
        string[] tools = ["ip", .. packages];
        foreach (var tool in tools)
        {
            if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Append("/sbin").Any(d => File.Exists(Path.Combine(d, tool))))
                Assert.Ignore($"{tool} is missing: apt-get install {tool switch { "ip" => "iproute2", "ping" => "iputils-ping", _ => tool }}");
        }

        try
        {
            new NetworkNamespace("try").Dispose();
        }
        catch (InvalidOperationException error)
        {
            Assert.Ignore($"no network namespace can be made here, as in a container without CAP_SYS_ADMIN: {error.Message}");
        }
    }

    /// <summary>Joins two namespaces by a cable.</summary>
    public static void Connect(NetworkNamespace one, string name, NetworkNamespace other, string otherName)
    {
        Tool("ip", "link", "add", name, "netns", one.Name, "type", "veth", "peer", "name", otherName, "netns", other.Name);
        one.Ip($"link set dev {name} up");
        other.Ip($"link set dev {otherName} up");
    }

    /// <summary>Makes an interface fit for a port: no IPv6, no ARP.</summary>
    public void Silence(string name)
    {
        Run("sysctl", "-qw", $"net.ipv6.conf.{name}.disable_ipv6=1");
        Ip($"link set dev {name} arp off");
    }

    public string Ip(string arguments) => Tool("ip", ["-n", Name, .. arguments.Split(' ')]);

    /// <summary>Runs a program in the namespace.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public string Run(string program, params string[] arguments) => Tool("ip", ["netns", "exec", Name, program, .. arguments]);

    /// <summary>Starts a program in the namespace; its process is the program's own.</summary>
    public System.Diagnostics.Process Start(string program, params string[] arguments) =>
        System.Diagnostics.Process.Start(new ProcessStartInfo("ip", ["netns", "exec", Name, program, .. arguments])
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
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(program, arguments)
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
