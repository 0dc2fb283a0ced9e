using Holdfast.Chaos.Networks;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Networks;

/// <summary>Tests in namespaces are skipped where there can be none.</summary>
internal static class NamespaceRequirement
{
    extension(NetworkNamespace)
    {
        /// <summary>Ends the test without a verdict when it can't make namespaces here, or a tool is missing.</summary>
        public static void Require(params string[] tools)
        {
            if (NetworkNamespace.Missing(tools) is { } reason) Assert.Ignore(reason);
        }
    }
}
