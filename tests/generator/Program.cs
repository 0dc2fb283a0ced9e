using Holdfast.Generator;
using Holdfast.Journal;

const string usage = "usage: generator --socket PATH --journal DIR [--capture FILE] [--seed N]";
var values = new Dictionary<string, string>();
for (var i = 0; i < args.Length; i += 2)
{
    if (args[i] is not ("--socket" or "--journal" or "--capture" or "--seed")) return Fail($"'{args[i]}' is not an option");
    if (i + 1 == args.Length) return Fail($"{args[i]} needs a value");
    values[args[i]] = args[i + 1];
}

if (!values.TryGetValue("--socket", out var socket) || !values.TryGetValue("--journal", out var journal))
    return Fail("--socket and --journal are needed");
if (!int.TryParse(values.GetValueOrDefault("--seed", "1"), out var seed))
    return Fail($"--seed {values["--seed"]}: it must be a whole number");

try
{
    using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
    using var session = new Session(
        new SessionOptions { SocketPath = socket, JournalDirectory = journal, Seed = seed }, output.WriteLine);
    var input = new Thread(() =>
    {
        while (Console.In.ReadLine() is { } line) session.Submit(line);
        session.End();
    }) { IsBackground = true, Name = "commands" };
    input.Start();
    session.Run();
    return 0;
}
catch (Exception error) when (error is JournalException or IOException or System.Net.Sockets.SocketException)
{
    return Fail(error.Message);
}

static int Fail(string message)
{
    Console.Error.WriteLine($"generator: {message}");
    Console.Error.WriteLine(usage);
    return 2;
}
