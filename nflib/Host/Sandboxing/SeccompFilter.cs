using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Host.Sandboxing;

/// <summary>Rules as a program of the kernel's classic BPF machine (seccomp(2), Documentation/networking/filter.rst).</summary>
/// <remarks>It costs calls that are always allowed next to nothing: the kernel (5.11 or later) finds out which those are
/// and does not run the program for them.</remarks>
internal static class SeccompFilter
{
    public const int EPERM = 1, ENOSYS = 38;

    private const uint ArchitectureX64 = 0xC000_003E; // AUDIT_ARCH_X86_64
    private const uint NumberAt = 0, ArchitectureAt = 4, ArgumentsAt = 16; // struct seccomp_data
    private const uint Allow = 0x7FFF_0000, KillProcess = 0x8000_0000, ReturnError = 0x0005_0000;
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfGreater = 0x25, JumpIfBits = 0x45, Return = 0x06;

    /// <summary>struct sock_filter.</summary>
    /// <param name="IfTrue">Instructions to skip.</param>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    public static Instruction[] Build(IEnumerable<SyscallRule> rules, uint lastKnown)
    {
        List<Instruction> program =
        [
            // The 32-bit way into the kernel has other numbers; nothing of ours goes there.
            new(LoadWord, 0, 0, ArchitectureAt),
            new(JumpIfEqual, 1, 0, ArchitectureX64),
            new(Return, 0, 0, KillProcess),
            new(LoadWord, 0, 0, NumberAt),
            // Newer calls than the table knows, and x32's, whose numbers begin at 0x4000_0000.
            new(JumpIfGreater, 0, 1, lastKnown),
            new(Return, 0, 0, ReturnError | ENOSYS),
        ];
        foreach (var rule in rules)
        {
            var answer = AnswerOf(rule);
            program.Add(new Instruction(JumpIfEqual, 0, checked((byte)answer.Count), rule.Number));
            program.AddRange(answer);
        }

        program.Add(new Instruction(Return, 0, 0, Allow));
        return [.. program];
    }

    /// <summary>Confines all threads of this process for good, and all that they start.</summary>
    /// <exception cref="SandboxException">The kernel refused.</exception>
    public static unsafe void Install(Instruction[] program)
    {
        // Safe: the kernel copies the program during the call, for which it is pinned.
        fixed (Instruction* first = program)
        {
            var header = new Libc.SeccompProgram { Length = checked((ushort)program.Length), Instructions = first };
            var result = Libc.SeccompSetFilter(&header);
            if (result > 0) throw new SandboxException($"seccomp: thread {result} has a filter of its own");
            if (result < 0)
                throw SandboxException.Refused("seccomp filter", "a kernel with CONFIG_SECCOMP_FILTER is needed, and a container that allows it");
        }
    }

    /// <summary>What is decided once the number has matched. A condition that holds jumps behind its refusal.</summary>
    private static List<Instruction> AnswerOf(SyscallRule rule)
    {
        var refusal = new Instruction(Return, 0, 0, ReturnError | (uint)rule.Error);
        if (rule.AllowedIf.Length == 0) return [refusal];
        var answer = new List<Instruction>();
        foreach (var condition in rule.AllowedIf)
        {
            answer.Add(new Instruction(LoadWord, 0, 0, ArgumentsAt + 8 * (uint)condition.Argument));
            for (var i = 0; i < condition.Values.Length; i++)
            {
                var behind = (byte)(condition.Values.Length - 1 - i); // tests that follow; then comes the refusal
                var last = (byte)(behind == 0 ? 1 : 0);
                answer.Add(condition.Test switch
                {
                    ConditionTest.AnyOf => new Instruction(JumpIfEqual, (byte)(behind + 1), 0, condition.Values[i]),
                    ConditionTest.NoneOf => new Instruction(JumpIfEqual, behind, last, condition.Values[i]),
                    ConditionTest.WithBits => new Instruction(JumpIfBits, 1, 0, condition.Values[i]),
                    ConditionTest.WithoutBits => new Instruction(JumpIfBits, 0, 1, condition.Values[i]),
                    _ => throw new ArgumentOutOfRangeException(nameof(rule)),
                });
            }

            answer.Add(refusal);
        }

        answer.Add(new Instruction(Return, 0, 0, Allow));
        return answer;
    }
}
