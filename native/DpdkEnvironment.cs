using System.Reflection;
using System.Runtime.InteropServices;

namespace Holdfast.Native;

/// <summary>DPDK in this process: the shim's library, and the environment (EAL) that a process can start once.</summary>
public static class DpdkEnvironment
{
    /// <summary>What the library is called, here and beside the programs that load it.</summary>
    public const string Library = "holdfast-dpdk";

    /// <summary>Interfaces of the shim and this assembly are of one version; holdfast_dpdk.h has the same number.</summary>
    private const uint Version = 1;

    private const string FileName = $"lib{Library}.so";

    private static readonly Lock Once = new();
    private static nint _handle;
    private static string[]? _startedWith;

    /// <summary>Where DPDK looks for its drivers' libraries.</summary>
    /// <exception cref="DpdkException">The library can't be loaded.</exception>
    public static string DriverDirectory
    {
        get
        {
            Load();
            return Marshal.PtrToStringUTF8(DpdkCalls.DriverDirectory())!;
        }
    }

    /// <summary>Such as "DPDK 22.11.11".</summary>
    /// <exception cref="DpdkException">The library can't be loaded.</exception>
    public static string DpdkVersion
    {
        get
        {
            Load();
            return Marshal.PtrToStringUTF8(DpdkCalls.DpdkVersion())!;
        }
    }

    /// <summary>Whether devices get physical addresses, as no IOMMU translates for them.</summary>
    public static bool UsesPhysicalAddresses => DpdkCalls.UsesPhysicalAddresses() != 0;

    /// <summary>Loads the library; nothing of DPDK runs yet.</summary>
    /// <exception cref="DpdkException">It is not there, or something that it needs.</exception>
    public static void Load()
    {
        lock (Once)
        {
            if (_handle != 0) return;
            var file = Path.Combine(AppContext.BaseDirectory, FileName);
            if (!File.Exists(file))
            {
                throw new DpdkException($"this build has no {FileName}, which dpdk ports need: apt-get install gcc meson ninja-build pkg-config "
                    + "libdpdk-dev, then build again (dotnet build -c Release)");
            }

            nint handle;
            try
            {
                handle = NativeLibrary.Load(file);
            }
            catch (DllNotFoundException error)
            {
                // A build for another DPDK, or none installed: the loader names the library that it misses.
                var why = error.Message.Split('\n').FirstOrDefault(line => line.Contains("librte", StringComparison.Ordinal)) ?? error.Message.Split('\n')[0];
                throw new DpdkException($"{FileName} can't be loaded ({why.Trim()}): apt-get install dpdk, of the version that it was built with");
            }

            if (VersionOf(handle) is var version and not Version)
            {
                NativeLibrary.Free(handle);
                throw new DpdkException($"{file} is of version {version}, this program needs {Version}: build both together (dotnet build -c Release)");
            }

            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => name == Library ? _handle : 0);
            _handle = handle;
        }
    }

    /// <summary>Starts the EAL, if nobody has.</summary>
    /// <param name="arguments">Its arguments, without a program's name.</param>
    /// <exception cref="DpdkException">It does not start, or was started with other arguments.</exception>
    public static void Start(IReadOnlyList<string> arguments)
    {
        Load();
        lock (Once)
        {
            if (_startedWith is not null)
            {
                if (_startedWith.SequenceEqual(arguments)) return;
                throw new DpdkException($"DPDK runs already, with the arguments {string.Join(' ', _startedWith)}; a process can start it once");
            }

            var texts = new nint[arguments.Count + 1];
            try
            {
                for (var i = 0; i < texts.Length; i++) texts[i] = Marshal.StringToCoTaskMemUTF8(i == 0 ? "nfmgr" : arguments[i - 1]);
                DpdkCalls.ClearLog();
                if (DpdkCalls.Start(texts.Length, texts) is var result and < 0)
                    throw new DpdkException($"DPDK does not start ({Describe(result)}) with {string.Join(' ', arguments)}{Saying()}");
            }
            finally
            {
                foreach (var text in texts) Marshal.FreeCoTaskMem(text);
            }

            _startedWith = [.. arguments];
        }
    }

    /// <summary>Asked before anything else of the library is believed.</summary>
    private static unsafe uint VersionOf(nint handle)
    {
        // Safe: the shim has this function, of this form, in all its versions; another library has none of that name.
        return NativeLibrary.TryGetExport(handle, "hf_version", out var function) ? ((delegate* unmanaged<uint>)function)() : 0;
    }

    /// <summary>What DPDK has said of late, as a piece of a message; empty when it said nothing.</summary>
    public static string Saying()
    {
        var text = new byte[1024];
        var length = DpdkCalls.Log(text, text.Length);
        var lines = System.Text.Encoding.UTF8.GetString(text, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "" : $"; DPDK says: {string.Join(" / ", lines.TakeLast(4))}";
    }

    /// <summary>The words for a negative errno.</summary>
    public static string Describe(int result) => Marshal.GetPInvokeErrorMessage(-result);
}
