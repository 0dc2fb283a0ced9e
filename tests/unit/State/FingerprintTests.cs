using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.State;

/// <summary>What changes a struct's fingerprint, with the struct's own name the same throughout.</summary>
public sealed class FingerprintTests
{
    private static readonly ulong Original = ContainerLayout.Fingerprint(typeof(Plain.Entry));

    [TestCase(typeof(Renamed.Entry))]
    [TestCase(typeof(Retyped.Entry))]
    [TestCase(typeof(Reordered.Entry))]
    [TestCase(typeof(Moved.Entry))]
    [TestCase(typeof(Longer.Entry))]
    public void A_changed_struct_has_another(Type changed) =>
        Assert.That(ContainerLayout.Fingerprint(changed), Is.Not.EqualTo(Original));

    [Test]
    public void The_same_struct_has_the_same() =>
        Assert.That(ContainerLayout.Fingerprint(typeof(Same.Entry)), Is.EqualTo(Original));

    [Test]
    public void Arrays_of_different_length_differ() =>
        Assert.That(ContainerLayout.Fingerprint(typeof(Short.Bytes)),
            Is.Not.EqualTo(ContainerLayout.Fingerprint(typeof(Long.Bytes))));

#pragma warning disable CS0649 // only the layout of these matters
    private static class Plain
    {
        internal struct Entry
        {
            public int A, B;
        }
    }

    private static class Same
    {
        internal struct Entry
        {
            public int A, B;
        }
    }

    private static class Renamed
    {
        internal struct Entry
        {
            public int A, C;
        }
    }

    private static class Retyped
    {
        internal struct Entry
        {
            public int A;
            public uint B;
        }
    }

    private static class Reordered
    {
        internal struct Entry
        {
            public int B, A;
        }
    }

    private static class Moved
    {
        [StructLayout(LayoutKind.Explicit)]
        internal struct Entry
        {
            [FieldOffset(4)] public int A;
            [FieldOffset(0)] public int B;
        }
    }

    private static class Longer
    {
        internal struct Entry
        {
            public int A, B, C;
        }
    }

    private static class Short
    {
        [InlineArray(2)]
        internal struct Bytes
        {
            private byte _first;
        }
    }

    private static class Long
    {
        [InlineArray(3)]
        internal struct Bytes
        {
            private byte _first;
        }
    }
}
