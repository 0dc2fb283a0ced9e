using System.Net;
using System.Net.Sockets;
using Holdfast.Generator;
using Holdfast.Generator.Capture;
using Holdfast.Generator.Traffic;
using Holdfast.Journal;
using Holdfast.NfLib.Pcap;

const string usage =
    "usage: generator --socket PATH --journal DIR [--capture FILE [--clients ADDRESS,ADDRESS...]] [--seed N]";
string[] options = ["--socket", "--journal", "--capture", "--clients", "--seed"];
var values = new Dictionary<string, string>();
for (var i = 0; i < args.Length; i += 2)
{
    if (!options.Contains(args[i])) return RefuseArguments($"'{args[i]}' is not an option");
    if (i + 1 == args.Length) return RefuseArguments($"{args[i]} needs a value");
    values[args[i]] = args[i + 1];
}

if (!values.TryGetValue("--socket", out var socket) || !values.TryGetValue("--journal", out var journal))
    return RefuseArguments("--socket and --journal are needed");
if (!int.TryParse(values.GetValueOrDefault("--seed", "1"), out var seed))
    return RefuseArguments($"--seed {values["--seed"]}: it must be a whole number");

// The clients of the capture that comes with the tests.
var clients = new List<IPAddress>();
foreach (var text in values.GetValueOrDefault("--clients", "10.10.0.2,fd00:10::2").Split(','))
{
    if (!IPAddress.TryParse(text, out var client)) return RefuseArguments($"--clients: '{text}' is not an IP address");
    clients.Add(client);
}

try
{
    var capture = values.TryGetValue("--capture", out var file)
        ? new CaptureRounds(CapturedFlows.Load(file, clients))
        : null;
    using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
    using var session = new Session(
        new SessionOptions { SocketPath = socket, JournalDirectory = journal, Seed = seed, Capture = capture },
        output.WriteLine);
    var input = new Thread(() =>
    {
        while (Console.In.ReadLine() is { } line) session.Submit(line);
        session.End();
    })
    { IsBackground = true, Name = "commands" };
    input.Start();
    session.Run();
    return 0;
}
catch (Exception error) when (error is JournalException or IOException or SocketException or InvalidDataException
                                  or PcapFormatException or UnauthorizedAccessException)
{
    return Fail(error.Message);
}

static int Fail(string message)
{
    Console.Error.WriteLine($"generator: {message}");
    return 2;
}

static int RefuseArguments(string message)
{
    Fail(message);
    Console.Error.WriteLine(usage);
    return 2;
}
