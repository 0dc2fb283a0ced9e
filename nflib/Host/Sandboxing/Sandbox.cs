using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Host.Sandboxing;

/// <summary>
/// What the process of an NF gives up before NF code runs, so that a hostile NF can harm nothing but the memory that it
/// shares with nfmgr: capabilities, root, being looked into, core dumps, and the system calls of
/// <see cref="SyscallRules"/>.
/// </summary>
public static class Sandbox
{
    /// <summary>Enters it with all threads of this process, for good. Memory objects must have been mapped and the control
    /// socket connected before. Files can be read afterwards (assemblies are loaded late), with the rights of nobody.</summary>
    /// <param name="parentProcessId">nfmgr, with whose end this process must end.</param>
    /// <exception cref="SandboxException">A part of it does not hold; this process must not go on.</exception>
    public static void Enter(int parentProcessId)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new SandboxException($"there is no table of system calls for {RuntimeInformation.ProcessArchitecture}; NFs run on x86-64 only");

        // A core of a process that maps the whole packet pool takes long, and who waits for its end waits for that.
        if (!Libc.SetCoreLimit(0)) throw SandboxException.Refused("core size limit", "none is known");
        SetOption(Libc.PR_SET_NO_NEW_PRIVS, 1, "no_new_privs");
        Privileges.Drop();
        // Both after the change of user, which resets them. Not dumpable: no other process of this user can open our
        // /proc/PID/mem or descriptors, so no NF can come to another's memory.
        SetOption(Libc.PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE");
        SetOption(Libc.PR_SET_PDEATHSIG, 9, "parent-death signal");
        if (Libc.GetParentProcessId() != parentProcessId)
            throw new SandboxException($"nfmgr (process {parentProcessId}) has ended");

        SeccompFilter.Install(SeccompFilter.Build(SyscallRules.For((uint)Environment.ProcessId), SyscallRules.LastKnown));
        Check();
    }

    /// <summary>Looks at every thread: the runtime has some of its own, and several of the calls above are a thread's.</summary>
    private static void Check()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string[] lines;
            try
            {
                lines = File.ReadAllLines($"{thread}/status");
            }
            catch (IOException)
            {
                continue; // it ended meanwhile; new ones inherit
            }

            string Value(string name) => lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "";
            string? wrong = null;
            if (Value("Seccomp:") != "2") wrong = "has no seccomp filter";
            else if (Value("NoNewPrivs:") != "1") wrong = "may gain privileges";
            else if ((Convert.ToUInt64(Value("CapPrm:"), 16) & ~Privileges.Harmless) != 0)
                wrong = $"still has capabilities ({Value("CapPrm:")}); start NFs by nfmgr";
            if (wrong is not null) throw new SandboxException($"thread {Path.GetFileName(thread)} {wrong}");
        }
    }

    private static void SetOption(int option, ulong value, string name)
    {
        if (Libc.Prctl(option, value, 0, 0, 0) != 0) throw SandboxException.Refused(name, "Linux 5.11 or later is needed");
    }
}
