using System.Buffers.Binary;
using System.Text;
using Mono.Unix.Native;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Checks of what a configuration names in the file system.</summary>
internal static class CheckFiles
{
    /// <summary>Longest path of a unix socket in bytes: sun_path has 108 with its end.</summary>
    public const int MaxSocketPathBytes = 107;

    private const uint PcapMicroseconds = 0xa1b2c3d4, PcapNanoseconds = 0xa1b23c4d, PcapNg = 0x0a0d0d0a;

    /// <summary>Where the NFs that ship with Holdfast stand: one folder each, beside this program.</summary>
    public static string ShippedProgram(string name) =>
        Path.Combine(AppContext.BaseDirectory, "functions", name, name);

    /// <summary>A directory that is there and writable, or can be made.</summary>
    public static CheckResult Directory(string thing, string path)
    {
        if (System.IO.Directory.Exists(path))
            return MayWrite(path) ? CheckResult.Ok(thing, path)
                : CheckResult.Error(thing, $"{path} is not writable",
                    $"give it to this user: chown {Environment.UserName} {path}");
        if (NearestExisting(path) is not { } parent)
            return CheckResult.Error(thing, $"{path} is below something that is no directory",
                "name another directory");
        return MayWrite(parent) ? CheckResult.Ok(thing, $"{path} (will be made)")
            : CheckResult.Error(thing, $"{path} does not exist and {parent} is not writable",
                $"make it and give it to this user: install -d -o {Environment.UserName} {path}");
    }

    public static CheckResult SocketPath(string thing, string path) =>
        Encoding.UTF8.GetByteCount(path) is var bytes and > MaxSocketPathBytes
            ? CheckResult.Error(thing, $"{path} has {bytes} bytes, a unix socket's path at most {MaxSocketPathBytes}",
                "use a shorter directory")
            : CheckResult.Ok(thing, path);

    /// <summary>The far end's socket, which may come later than the check.</summary>
    public static CheckResult Wire(string thing, string path)
    {
        var length = SocketPath(thing, path);
        if (length.Level != CheckLevel.Ok) return length;
        return Syscall.stat(path, out var stat) != 0
            ? CheckResult.Warning(thing, $"{path} does not exist yet",
                "start the program at the far end before the node")
            : (stat.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFSOCK
                ? CheckResult.Ok(thing, path)
                : CheckResult.Error(thing, $"{path} is no socket", "name the socket that the far end makes");
    }

    public static CheckResult Program(FunctionSection function)
    {
        var thing = $"function {function.Name}";
        var path = function.IsShipped ? ShippedProgram(function.Program) : function.Program;
        if (!File.Exists(path))
            return function.IsShipped
                ? CheckResult.Error(thing, $"no NF '{function.Program}' ships with this build ({path})",
                    $"{Shipped()}, or give a path with a / to an executable")
                : CheckResult.Error(thing, $"{path} does not exist", "build it, or correct the path");
        return Syscall.access(path, AccessModes.X_OK) == 0 ? CheckResult.Ok(thing, path)
            : CheckResult.Error(thing, $"{path} is not executable", $"chmod +x {path}");
    }

    /// <summary>A capture file in one of the four classic pcap variants.</summary>
    public static CheckResult CaptureInput(string thing, string path)
    {
        try
        {
            Span<byte> magic = stackalloc byte[4];
            using var file = File.OpenRead(path);
            if (file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length)
                return CheckResult.Error(thing, $"{path} is empty", "name a pcap file");
            var little = BinaryPrimitives.ReadUInt32LittleEndian(magic);
            var big = BinaryPrimitives.ReadUInt32BigEndian(magic);
            if (little is PcapMicroseconds or PcapNanoseconds || big is PcapMicroseconds or PcapNanoseconds)
                return CheckResult.Ok(thing, path);
            return little == PcapNg
                ? CheckResult.Error(thing, $"{path} is a pcapng file", "convert it: editcap -F pcap IN OUT")
                : CheckResult.Error(thing, $"{path} is no pcap file (it begins with {big:x8})", "name a pcap file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return CheckResult.Error(thing, $"{path} can not be read ({error.Message})", "name a readable pcap file");
        }
    }

    /// <summary>A file that will be written anew.</summary>
    public static CheckResult Output(string thing, string path)
    {
        if (System.IO.Directory.Exists(path)) return CheckResult.Error(thing, $"{path} is a directory", "name a file");
        if (File.Exists(path))
            return Syscall.access(path, AccessModes.W_OK) == 0
                ? CheckResult.Warning(thing, $"{path} exists and will be overwritten", "move it away if you need it")
                : CheckResult.Error(thing, $"{path} is not writable", "name another file");
        var directory = Path.GetDirectoryName(path) ?? "/";
        return System.IO.Directory.Exists(directory) && MayWrite(directory) ? CheckResult.Ok(thing, path)
            : CheckResult.Error(thing, $"{directory} is no directory that this user can write to",
                $"make it: mkdir -p {directory}");
    }

    private static string Shipped()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "functions");
        if (!System.IO.Directory.Exists(folder)) return "build the NFs";
        var names = System.IO.Directory.GetDirectories(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        return $"use one of {string.Join(", ", names)}";
    }

    /// <summary>The deepest existing directory above a path; null when a file is in the way.</summary>
    private static string? NearestExisting(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (System.IO.Directory.Exists(at)) return at;
            if (File.Exists(at)) return null;
        }

        return null;
    }

    private static bool MayWrite(string directory) =>
        Syscall.access(directory, AccessModes.W_OK | AccessModes.X_OK) == 0;
}
