using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Host.Sandboxing;

/// <summary>The sandbox can't be entered, so no NF code may run here.</summary>
public sealed class SandboxException(string message) : Exception($"sandbox: {message}")
{
    /// <summary>For a system call that has just failed.</summary>
    internal static SandboxException Refused(string what, string remedy) =>
        new($"the kernel refused the {what} ({Marshal.GetLastPInvokeErrorMessage()}); {remedy}");
}
