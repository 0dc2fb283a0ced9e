using static Holdfast.NfLib.Host.Sandboxing.Condition;

namespace Holdfast.NfLib.Host.Sandboxing;

/// <summary>
/// What an NF may not ask of the kernel. Everything else up to <see cref="LastKnown"/> is allowed: the runtime needs
/// memory, threads, futexes and files to read, and what those calls are differs between versions of it and of glibc.
/// Numbers are x86-64's (asm/unistd_64.h; a test compares them).
/// </summary>
internal static class SyscallRules
{
    /// <summary>mseal of Linux 6.10. Whatever the kernel learned later does not exist for NFs (ENOSYS).</summary>
    public const uint LastKnown = 462;

    private const uint WritingFlags = 0x3 | 0x40 | 0x200 | 0x40_0000; // O_WRONLY O_RDWR, O_CREAT, O_TRUNC, __O_TMPFILE
    private const uint CLONE_THREAD = 0x1_0000;
    private const uint MADV_REMOVE = 9, MADV_HWPOISON = 100, MADV_SOFT_OFFLINE = 101;
    private const uint F_SETOWN = 8, F_SETSIG = 10, F_SETOWN_EX = 15, F_SETLEASE = 1024, F_NOTIFY = 1026;
    private const uint TCGETS = 0x5401, TIOCGWINSZ = 0x5413, FIONREAD = 0x541B, FIONBIO = 0x5421, FIONCLEX = 0x5450, FIOCLEX = 0x5451;
    private const uint PR_GET_PDEATHSIG = 2, PR_GET_DUMPABLE = 3, PR_SET_NAME = 15, PR_GET_NAME = 16, PR_SET_TIMERSLACK = 29,
        PR_GET_TIMERSLACK = 30, PR_SET_VMA = 0x53564D41;

    /// <param name="self">The process's own id: signals to itself are how its runtime stops its threads.</param>
    public static SyscallRule[] For(uint self) =>
    [
        // Shared memory that others rely on: holes in a sealed memfd, and pages taken from under them.
        new(285, "fallocate"),
        new(77, "ftruncate"),
        new(76, "truncate"),
        new(28, "madvise", NoneOf(2, MADV_REMOVE, MADV_HWPOISON, MADV_SOFT_OFFLINE)),
        new(440, "process_madvise"),
        new(256, "migrate_pages"),
        new(279, "move_pages"),
        new(319, "memfd_create"),
        new(447, "memfd_secret"),

        // Other processes: looking into them, taking their descriptors, signals, priorities.
        new(101, "ptrace"),
        new(310, "process_vm_readv"),
        new(311, "process_vm_writev"),
        new(312, "kcmp"),
        new(434, "pidfd_open"),
        new(438, "pidfd_getfd"),
        new(424, "pidfd_send_signal"),
        new(448, "process_mrelease"),
        new(62, "kill", AnyOf(0, self)),
        new(234, "tgkill", AnyOf(0, self)),
        new(297, "rt_tgsigqueueinfo", AnyOf(0, self)),
        new(129, "rt_sigqueueinfo"),
        new(200, "tkill"),
        new(72, "fcntl", NoneOf(1, F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY)), // a SIGIO is a signal, too
        new(302, "prlimit64", AnyOf(0, 0, self)),
        new(141, "setpriority", AnyOf(0, 0), AnyOf(1, 0)),
        new(251, "ioprio_set"),
        new(203, "sched_setaffinity", AnyOf(0, 0)),
        new(144, "sched_setscheduler", AnyOf(0, 0)),
        new(142, "sched_setparam", AnyOf(0, 0)),
        new(314, "sched_setattr", AnyOf(0, 0)),

        // New processes and programs. glibc falls back from clone3, whose flags a filter can't see, to clone.
        new(56, "clone", WithBits(0, CLONE_THREAD)),
        new(435, "clone3") { Error = SeccompFilter.ENOSYS },
        new(57, "fork"),
        new(58, "vfork"),
        new(59, "execve"),
        new(322, "execveat"),
        new(134, "uselib"),

        // The sandbox itself, and identity.
        new(157, "prctl", AnyOf(0, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME,
            PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_SET_VMA)),
        new(317, "seccomp"),
        new(126, "capset"),
        new(105, "setuid"),
        new(106, "setgid"),
        new(113, "setreuid"),
        new(114, "setregid"),
        new(116, "setgroups"),
        new(117, "setresuid"),
        new(119, "setresgid"),
        new(122, "setfsuid"),
        new(123, "setfsgid"),

        // Talking to anybody but nfmgr, over the socket that is attached already.
        new(41, "socket"),
        new(53, "socketpair"),
        new(42, "connect"),
        new(49, "bind"),
        new(50, "listen"),
        new(43, "accept"),
        new(288, "accept4"),
        new(29, "shmget"),
        new(30, "shmat"),
        new(31, "shmctl"),
        new(64, "semget"),
        new(65, "semop"),
        new(66, "semctl"),
        new(220, "semtimedop"),
        new(68, "msgget"),
        new(69, "msgsnd"),
        new(70, "msgrcv"),
        new(71, "msgctl"),
        new(240, "mq_open"),
        new(241, "mq_unlink"),
        new(16, "ioctl", AnyOf(1, TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX)), // TIOCSTI types into a terminal

        // Files: reading only.
        new(2, "open", WithoutBits(1, WritingFlags)),
        new(257, "openat", WithoutBits(2, WritingFlags)),
        new(437, "openat2") { Error = SeccompFilter.ENOSYS },
        new(304, "open_by_handle_at"),
        new(85, "creat"),
        new(87, "unlink"),
        new(263, "unlinkat"),
        new(82, "rename"),
        new(264, "renameat"),
        new(316, "renameat2"),
        new(86, "link"),
        new(265, "linkat"),
        new(88, "symlink"),
        new(266, "symlinkat"),
        new(83, "mkdir"),
        new(258, "mkdirat"),
        new(84, "rmdir"),
        new(133, "mknod"),
        new(259, "mknodat"),
        new(90, "chmod"),
        new(91, "fchmod"),
        new(268, "fchmodat"),
        new(452, "fchmodat2"),
        new(92, "chown"),
        new(93, "fchown"),
        new(94, "lchown"),
        new(260, "fchownat"),
        new(132, "utime"),
        new(235, "utimes"),
        new(261, "futimesat"),
        new(280, "utimensat"),
        new(188, "setxattr"),
        new(189, "lsetxattr"),
        new(190, "fsetxattr"),
        new(197, "removexattr"),
        new(198, "lremovexattr"),
        new(199, "fremovexattr"),
        new(162, "sync"),
        new(306, "syncfs"),

        // File systems and name spaces.
        new(165, "mount"),
        new(166, "umount2"),
        new(155, "pivot_root"),
        new(161, "chroot"),
        new(272, "unshare"),
        new(308, "setns"),
        new(428, "open_tree"),
        new(429, "move_mount"),
        new(430, "fsopen"),
        new(431, "fsconfig"),
        new(432, "fsmount"),
        new(433, "fspick"),
        new(442, "mount_setattr"),
        new(179, "quotactl"),
        new(443, "quotactl_fd"),
        new(167, "swapon"),
        new(168, "swapoff"),
        new(163, "acct"),
        new(300, "fanotify_init"),
        new(301, "fanotify_mark"),

        // The kernel's larger attack surfaces.
        new(321, "bpf"),
        new(298, "perf_event_open"),
        new(323, "userfaultfd"),
        new(425, "io_uring_setup"),
        new(426, "io_uring_enter"),
        new(427, "io_uring_register"),
        new(206, "io_setup"),
        new(209, "io_submit"),
        new(248, "add_key"),
        new(249, "request_key"),
        new(250, "keyctl"),
        new(154, "modify_ldt"),

        // The machine.
        new(175, "init_module"),
        new(313, "finit_module"),
        new(176, "delete_module"),
        new(246, "kexec_load"),
        new(320, "kexec_file_load"),
        new(169, "reboot"),
        new(164, "settimeofday"),
        new(227, "clock_settime"),
        new(159, "adjtimex"),
        new(305, "clock_adjtime"),
        new(170, "sethostname"),
        new(171, "setdomainname"),
        new(172, "iopl"),
        new(173, "ioperm"),
        new(103, "syslog"),
        new(153, "vhangup"),
    ];
}
