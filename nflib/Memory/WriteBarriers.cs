#if NET9_0
using System.Runtime.CompilerServices;

namespace Holdfast.NfLib;

/// <summary>
/// What .NET 10 has and .NET 9 lacks, which compiles NFs ahead of time (scripts/build-native-forwarder.sh). A store that
/// releases orders what was stored before it; that its compiler moves nothing up over one either is so on x86-64, and all
/// that is asked of it for a measurement.
/// </summary>
internal static class WriteBarriers
{
    extension(Volatile)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void WriteBarrier()
        {
            var nowhere = 0;
            Volatile.Write(ref nowhere, 0);
        }
    }
}
#endif
