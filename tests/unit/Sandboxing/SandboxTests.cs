using Holdfast.NfLib.Host.Sandboxing;
using Holdfast.NfLib.Memory;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Sandboxing;

/// <summary>Real processes inside the sandbox try what NFs may not.</summary>
public sealed class SandboxTests
{
    private const int EPERM = 1, EACCES = 13, ENOSYS = 38;

    private SandboxedProcess _inside = null!;
    private SandboxedProcess _sibling = null!;
    private string _file = null!;

    [OneTimeSetUp]
    public void Enter()
    {
        // Theirs to write if the filter let them.
        var directory = Directory.CreateTempSubdirectory("holdfast-").FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)0x1FF);
        _file = Path.Combine(directory, "file");
        File.WriteAllText(_file, "text");
        File.SetUnixFileMode(_file, (UnixFileMode)0x1B6);
        _inside = SandboxedProcess.Entered();
        _sibling = SandboxedProcess.Entered();
    }

    [OneTimeTearDown]
    public void Leave()
    {
        _inside?.Dispose();
        _sibling?.Dispose();
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    // The target is a process of the same user, to which everything here would be allowed without the filter. SELF,
    // SIBLING and FILE are filled in.
    [TestCase("kill", "62 SIBLING 0")]
    [TestCase("kill its group", "62 0 0")]
    [TestCase("kill all", "62 -1 0")]
    [TestCase("tgkill", "234 SIBLING SIBLING 0")]
    [TestCase("tkill", "200 SIBLING 0")]
    [TestCase("rt_sigqueueinfo", "129 SIBLING 0 b")]
    [TestCase("rt_tgsigqueueinfo", "297 SIBLING SIBLING 0 b")]
    [TestCase("fcntl F_SETOWN", "72 0 8 SIBLING")]
    [TestCase("fcntl F_SETSIG", "72 0 10 9")]
    [TestCase("ptrace PTRACE_SEIZE", "101 16902 SIBLING 0 0")]
    [TestCase("process_vm_readv", "310 SIBLING b 0 b 0 0")]
    [TestCase("process_vm_writev", "311 SIBLING b 0 b 0 0")]
    [TestCase("pidfd_open", "434 SIBLING 0")]
    [TestCase("pidfd_getfd", "438 0 0 0")]
    [TestCase("prlimit64", "302 SIBLING 4 0 b")]
    [TestCase("setpriority", "141 0 SIBLING 19")]
    [TestCase("setpriority of the user", "141 2 0 19")]
    [TestCase("sched_setaffinity", "203 SIBLING 8 b")]
    [TestCase("execve", "59 s:/bin/true 0 0")]
    [TestCase("execveat", "322 -100 s:/bin/true 0 0 0")]
    [TestCase("fork", "57")]
    [TestCase("vfork", "58")]
    [TestCase("clone of a process", "56 17 0 0 0 0")]
    [TestCase("socket AF_UNIX", "41 1 1 0")]
    [TestCase("socket AF_INET", "41 2 1 0")]
    [TestCase("socketpair", "53 1 1 0 b")]
    [TestCase("connect", "42 0 b 16")]
    [TestCase("bind", "49 0 b 16")]
    [TestCase("listen", "50 0 1")]
    [TestCase("accept", "43 0 0 0")]
    [TestCase("accept4", "288 0 0 0 0")]
    [TestCase("shmget", "29 0 4096 950")]
    [TestCase("mq_open", "240 s:hf 64 438 0")]
    [TestCase("ioctl TIOCSTI", "16 0 21522 b")]
    [TestCase("open to write", "2 FILE 1")]
    [TestCase("open to read and write", "2 FILE 2")]
    [TestCase("open to truncate", "2 FILE 512")]
    [TestCase("openat to write", "257 -100 FILE 1")]
    [TestCase("openat to create", "257 -100 FILE.new 64 438")]
    [TestCase("openat of an unnamed file", "257 -100 s:/tmp 4259842 438")]
    [TestCase("creat", "85 FILE.new 438")]
    [TestCase("unlink", "87 FILE")]
    [TestCase("unlinkat", "263 -100 FILE 0")]
    [TestCase("rename", "82 FILE FILE.new")]
    [TestCase("renameat2", "316 -100 FILE -100 FILE.new 0")]
    [TestCase("link", "86 FILE FILE.new")]
    [TestCase("symlink", "88 FILE FILE.new")]
    [TestCase("mkdir", "83 FILE.new 511")]
    [TestCase("chmod", "90 FILE 511")]
    [TestCase("truncate", "76 FILE 0")]
    [TestCase("utimensat", "280 -100 FILE 0 0")]
    [TestCase("fallocate", "285 0 3 0 4096")]
    [TestCase("madvise MADV_REMOVE", "28 0 4096 9")]
    [TestCase("memfd_create", "319 s:x 0")]
    [TestCase("memfd_secret", "447 0")]
    [TestCase("mount", "165 0 s:/ 0 4096 0")]
    [TestCase("umount2", "166 s:/ 0")]
    [TestCase("chroot", "161 s:/")]
    [TestCase("unshare of the user", "272 268435456")]
    [TestCase("setns", "308 0 0")]
    [TestCase("bpf", "321 0 b 0")]
    [TestCase("perf_event_open", "298 b 0 -1 -1 0")]
    [TestCase("userfaultfd", "323 1")]
    [TestCase("io_uring_setup", "425 1 b")]
    [TestCase("keyctl", "250 0 -3 0 0 0")]
    [TestCase("add_key", "248 0 0 0 0 0")]
    [TestCase("finit_module", "313 0 0 0")]
    [TestCase("kexec_load", "246 0 0 0 0")]
    [TestCase("reboot", "169 0 0 0 0")]
    [TestCase("clock_settime", "227 0 0")]
    [TestCase("setresuid", "117 -1 -1 -1")]
    [TestCase("capset", "126 b b")]
    [TestCase("seccomp", "317 2 0 b")]
    [TestCase("prctl PR_SET_DUMPABLE", "157 4 1 0 0 0")]
    [TestCase("prctl PR_SET_PDEATHSIG", "157 1 0 0 0 0")]
    [TestCase("clone3", "435 b 0", ENOSYS)]
    [TestCase("openat2", "437 -100 FILE b 24", ENOSYS)]
    [TestCase("a call newer than the table", "463", ENOSYS)]
    [TestCase("getpid by its x32 number", "1073741863", ENOSYS)]
    public void Is_refused(string what, string call, int error = EPERM)
    {
        var words = call.Replace("SIBLING", $"{_sibling.Id}").Replace("FILE", $"s:{_file}");
        Assert.That(_inside.Call(words), Is.EqualTo(-error), what);
    }

    [Test]
    public void The_32_bit_way_into_the_kernel_ends_the_process()
    {
        const int SIGSYS = 31;
        using var inside = SandboxedProcess.Entered();
        Assert.That(inside.Ask("old-door"), Is.Null);
        Assert.That(inside.WaitForExit(), Is.EqualTo(128 + SIGSYS));
    }

    [Test]
    public void The_runtime_goes_on_working() => Assert.That(_inside.Ask("work"), Is.EqualTo("works"));

    [TestCase("kill itself with nothing", "62 SELF 0")]
    [TestCase("prlimit64 of itself", "302 0 4 0 b")]
    [TestCase("madvise MADV_DONTNEED of nothing", "28 0 0 4")]
    [TestCase("sched_yield", "24")]
    public void Is_allowed(string what, string call) =>
        Assert.That(_inside.Call(call.Replace("SELF", $"{_inside.Id}")), Is.Zero, what);

    [Test]
    public void Files_can_be_read() => Assert.That(_inside.Call($"2 s:{_file} 0"), Is.Positive);

    [Test]
    public void Nothing_of_a_sibling_can_be_opened([Values("mem", "fd", "maps", "environ")] string what) =>
        Assert.That(_inside.Call($"2 s:/proc/{_sibling.Id}/{what} 0"), Is.EqualTo(-EACCES));

    [Test]
    public void Who_started_it_can_still_watch_it_and_its_signals()
    {
        Assert.That(File.ReadAllText($"/proc/{_inside.Id}/stat"), Does.StartWith($"{_inside.Id} "));
        Assert.That(Mono.Unix.Native.Syscall.kill(_inside.Id, 0), Is.Zero);
    }

    [Test]
    public void Every_thread_is_confined_and_without_capabilities()
    {
        Assert.That(_inside.StatusOfThreads("Seccomp").Count(), Is.GreaterThan(2));
        Assert.That(_inside.StatusOfThreads("Seccomp"), Is.All.EqualTo("2"));
        Assert.That(_inside.StatusOfThreads("NoNewPrivs"), Is.All.EqualTo("1"));
        foreach (var set in new[] { "CapPrm", "CapEff", "CapAmb" })
            Assert.That(_inside.StatusOfThreads(set), Is.All.EqualTo("0000000000000000"), set);
    }

    [Test]
    public void Of_root_nothing_is_left()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("the tests do not run as root, so there is nothing to give up");
        foreach (var ids in new[] { "Uid", "Gid" })
            Assert.That(_inside.StatusOfThreads(ids), Is.All.EqualTo("65534\t65534\t65534\t65534"), ids);
        Assert.That(_inside.StatusOfThreads("Groups"), Is.All.Empty);
    }

    [Test]
    public void It_ends_with_its_parent_and_leaves_no_core()
    {
        const int PR_GET_PDEATHSIG = 2, SIGKILL = 9, Nothing = 0;
        Assert.That(_inside.Ask($"read 157 {PR_GET_PDEATHSIG} b"), Is.EqualTo($"{SIGKILL}"), "also after the change of user");
        Assert.That(_inside.Ask("read 302 0 4 0 b"), Is.EqualTo($"{Nothing}"), "soft limit of RLIMIT_CORE");
    }

    [Test]
    public void It_is_not_entered_under_another_parent()
    {
        using var process = new SandboxedProcess();
        Assert.That(process.Ask("enter 1"), Does.StartWith("sandbox:").And.Contains("nfmgr (process 1) has ended"));
    }

    /// <summary>A wrong number would leave a call open.</summary>
    [Test]
    public void Numbers_are_those_of_the_kernel()
    {
        const string Header = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h";
        if (!File.Exists(Header)) Assert.Ignore($"{Header} is missing; apt-get install linux-libc-dev");
        var numbers = File.ReadLines(Header).Select(l => l.Split(' ')).Where(w => w is ["#define", _, _] && w[1].StartsWith("__NR_"))
            .ToDictionary(w => w[1]["__NR_".Length..], w => uint.Parse(w[2]));
        var rules = SyscallRules.For(1);
        Assert.That(rules.Select(r => r.Number), Is.Unique);
        Assert.That(rules.Where(r => numbers.TryGetValue(r.Name, out var n) ? n != r.Number : r.Number < 447).Select(r => r.Name), Is.Empty);
    }
}
