using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Holdfast.Witness;

const string usage =
    """
    usage: witness bytes GAPS               reads standard input; prints how many bytes and their SHA-256
           witness lines SIGN GAPS          copies standard input's lines; those that contain SIGN are signs of life
           witness session HOST PORT GAPS   an interactive TCP session with an echo server, until SIGTERM
    GAPS: the file to which silences over 20 ms are appended, as "END LENGTH" in milliseconds
    """;
var threshold = TimeSpan.FromMilliseconds(20);
var clock = TimeProvider.System;
try
{
    switch (args)
    {
        case ["bytes", var file]:
            {
                using var gaps = Open(file);
                var (bytes, sha256) = Watches.Bytes(Console.OpenStandardInput(), gaps);
                Print(new JsonObject { ["bytes"] = bytes, ["sha256"] = sha256 });
                return 0;
            }

        case ["lines", var sign, var file]:
            {
                using var gaps = Open(file);
                using var output = new StreamWriter(Console.OpenStandardOutput());
                Watches.Lines(Console.In, output, sign, gaps);
                return 0;
            }

        case ["session", var host, var port, var file] when int.TryParse(port, out var number):
            {
                using var stop = new CancellationTokenSource();
                using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
                {
                    context.Cancel = true;
                    stop.Cancel();
                });
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(host, number);
                using var gaps = Open(file);
                var result = new Session(socket, gaps, clock).Run(stop.Token);
                Print(new JsonObject
                {
                    ["sent"] = result.Sent,
                    ["echoed"] = result.Echoed,
                    ["broken"] = result.Broken,
                    ["medianMs"] = Math.Round(result.Milliseconds(0.5), 3),
                    ["p99Ms"] = Math.Round(result.Milliseconds(0.99), 3),
                });
                return result.Broken is null ? 0 : 1;
            }

        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException)
{
    Console.Error.WriteLine($"witness {string.Join(' ', args)}: {error.Message}");
    return 2;
}

GapLog Open(string file) => new(File.AppendText(file), clock, threshold);

static void Print(JsonObject what) => Console.WriteLine(what.ToJsonString());
