using System.Reflection;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Host.Sandboxing;

/// <summary>Giving up root and capabilities, of NF processes and of the thread that starts them.</summary>
public static class Privileges
{
    private const int CAP_SETGID = 6, CAP_SETUID = 7, LastPossible = 63;

    // User and group "nobody", which own nothing.
    private const uint Nobody = 65534;

    /// <summary>What a process of root needs to become nobody, and what is harmless where it can't, since the filter
    /// refuses every call that would use it.</summary>
    internal const ulong Harmless = 1UL << CAP_SETGID | 1UL << CAP_SETUID;

    /// <summary>Confines what the calling thread starts from now on: as root such a process can become another user and do
    /// nothing else; as anybody else it inherits no capability. nfmgr's own threads keep theirs.</summary>
    public static void LimitChildren()
    {
        _ = Libc.Prctl(Libc.PR_CAP_AMBIENT, Libc.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (var capability = 0; capability <= LastPossible; capability++)
        {
            // Refused to who is not root, whose children get none anyway; and for numbers that this kernel does not have.
            if ((Harmless >> capability & 1) == 0) _ = Libc.Prctl(Libc.PR_CAPBSET_DROP, (ulong)capability, 0, 0, 0);
        }
    }

    /// <summary>Leaves root and drops what is left. Where nobody may not read this program (it lies in root's home, say),
    /// or does not exist (in some containers), the process stays root without capabilities, and says so.</summary>
    /// <exception cref="SandboxException">The kernel refused.</exception>
    internal static void Drop()
    {
        if (Environment.IsPrivilegedProcess)
        {
            if (WhyNobodyCannotRun() is { } why)
            {
                Console.Error.WriteLine($"sandbox: this NF stays user 0, without capabilities: {why}");
            }
            else
            {
                // glibc's calls change all threads of the process, and with root all lose their capabilities.
                if (!Libc.SetGroups([]) || !Libc.SetUserAndGroup(Nobody, Nobody))
                    throw SandboxException.Refused("change to user 65534", "start nfmgr as root with CAP_SETUID and CAP_SETGID, or as another user");
                if (Unreadable() is { } path) throw new SandboxException($"user 65534 can't read {path}; install it where everybody may read");
            }
        }

        if (!Libc.ClearCapabilities()) throw SandboxException.Refused("capset", "none is known");
    }

    /// <summary>Tries it on this thread alone, with the ids that the kernel looks at for files.</summary>
    private static string? WhyNobodyCannotRun()
    {
        var group = Libc.SetFileGroup(Nobody);
        var user = Libc.SetFileUser(Nobody);
        try
        {
            // A refused change is not reported; asking again tells.
            if (Libc.SetFileUser(Nobody) != Nobody) return "user 65534 does not exist in this user namespace";
            return Unreadable() is { } path ? $"user 65534 can't read {path}; install it where everybody may read" : null;
        }
        finally
        {
            _ = Libc.SetFileUser((uint)user);
            _ = Libc.SetFileGroup((uint)group);
        }
    }

    /// <summary>A program, library or runtime that is needed and can't be read.</summary>
    private static string? Unreadable()
    {
        Assembly?[] needed = [Assembly.GetEntryAssembly(), typeof(Privileges).Assembly, typeof(object).Assembly];
        foreach (var path in needed.Select(a => a?.Location).Where(p => !string.IsNullOrEmpty(p)))
        {
            try
            {
                using var file = File.OpenHandle(path!);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return path;
            }
        }

        return null;
    }
}
