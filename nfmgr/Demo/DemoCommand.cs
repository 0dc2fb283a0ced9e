using System.CommandLine;

namespace Holdfast.Nfmgr.Demo;

internal static class DemoCommand
{
    public static Command Build() => new("demo", "later");
}
