using System.Buffers.Text;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>Reads what the kernel says of another process's thread, from <c>stat</c> in /proc (proc_pid_stat(5)).</summary>
internal static class ThreadTimes
{
    private const long TickNanoseconds = 10_000_000; // USER_HZ is 100 on every architecture that we run on
    private const int StateField = 3, UserTimeField = 14, SystemTimeField = 15;

    /// <summary>State and times of a thread.</summary>
    /// <param name="process">The process.</param>
    /// <param name="thread">Its thread; what is not one of its threads stands for the first.</param>
    /// <returns>Null when the process is gone.</returns>
    public static ThreadLook? Of(int process, int thread)
    {
        if (Read($"/proc/{process}/stat") is not { } whole) return null;
        var one = (thread > 0 ? Read($"/proc/{process}/task/{thread}/stat") : null) ?? whole;
        return new ThreadLook(one.State, one.Time, whole.Time);
    }

    /// <summary>Takes state and processor time out of a <c>stat</c> line; null when it is none.</summary>
    internal static (char State, long Time)? Parse(ReadOnlySpan<byte> line)
    {
        // The name may hold spaces and parentheses; behind its last parenthesis come the fields from the third on.
        var name = line.LastIndexOf((byte)')');
        if (name < 0) return null;
        var rest = line[(name + 1)..].TrimStart((byte)' ');
        var (state, user, system) = ('\0', -1L, -1L);
        for (var field = StateField; field <= SystemTimeField && rest.Length > 0; field++)
        {
            var end = rest.IndexOf((byte)' ');
            var value = end < 0 ? rest : rest[..end];
            if (field == StateField && value.Length == 1) state = (char)value[0];
            else if (field == UserTimeField && Utf8Parser.TryParse(value, out long ticks, out _)) user = ticks;
            else if (field == SystemTimeField && Utf8Parser.TryParse(value, out ticks, out _)) system = ticks;
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        return state != '\0' && user >= 0 && system >= 0 ? (state, (user + system) * TickNanoseconds) : null;
    }

    private static (char State, long Time)? Read(string path)
    {
        try
        {
            Span<byte> line = stackalloc byte[1024];
            using var file = File.OpenHandle(path);
            return Parse(line[..RandomAccess.Read(file, line, 0)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile
        }
    }
}
