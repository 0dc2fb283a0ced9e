namespace Holdfast.NfLib;
internal static class Placeholder { }
