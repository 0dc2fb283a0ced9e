namespace Holdfast.NfLib.Host.Sandboxing;

/// <summary>What must be true of one argument for a system call to be allowed. Only its low 32 bits are looked at, which
/// is all that the kernel takes of these arguments.</summary>
/// <param name="Argument">From 0.</param>
/// <param name="Test">How it is compared.</param>
/// <param name="Values">With what; one mask for the tests of bits.</param>
internal sealed record Condition(int Argument, ConditionTest Test, uint[] Values)
{
    public static Condition AnyOf(int argument, params uint[] values) => new(argument, ConditionTest.AnyOf, values);

    public static Condition NoneOf(int argument, params uint[] values) => new(argument, ConditionTest.NoneOf, values);

    public static Condition WithBits(int argument, uint mask) => new(argument, ConditionTest.WithBits, [mask]);

    public static Condition WithoutBits(int argument, uint mask) => new(argument, ConditionTest.WithoutBits, [mask]);
}

internal enum ConditionTest
{
    /// <summary>Equal to one of the values.</summary>
    AnyOf,

    /// <summary>Equal to none of the values.</summary>
    NoneOf,

    /// <summary>At least one bit of the mask is set.</summary>
    WithBits,

    /// <summary>No bit of the mask is set.</summary>
    WithoutBits,
}

/// <summary>A system call that NFs may not make, or only under conditions.</summary>
/// <param name="Number">Of x86-64.</param>
/// <param name="Name">As in the manual pages.</param>
/// <param name="AllowedIf">All of these must hold; with none the call is never allowed.</param>
internal sealed record SyscallRule(uint Number, string Name, params Condition[] AllowedIf)
{
    /// <summary>What a refused call returns.</summary>
    public int Error { get; init; } = SeccompFilter.EPERM;
}
