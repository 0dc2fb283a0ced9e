using Holdfast.Tests.Process.Dpdk;
using Holdfast.Tests.Process.Xdp;
using Holdfast.Tests.Unit.Hosting;
using Holdfast.Tests.Unit.Memory;
using Holdfast.Tests.Unit.Rings;
using Holdfast.Tests.Unit.Sandboxing;

namespace Holdfast.Tests.Unit;

/// <summary>What this assembly does when a test starts it as a process of its own; NUnit never comes here.</summary>
internal static class SecondProcess
{
    public static int Main(string[] arguments) => arguments switch
    {
        [RingEcho.Mode, var path] => RingEcho.Run(path),
        [MutexHolder.Mode, var what, var path] => MutexHolder.Run(what, path),
        [SandboxedProgram.Mode, var path] => SandboxedProgram.Run(path),
        [WarmUpTests.Mode, var path] => WarmUpTests.Run(path),
        [PortHolder.Mode, var name, var bind] => PortHolder.Run(name, bind),
        [PhysicalPool.Mode] => PhysicalPool.Run(),
        _ => 2,
    };
}
