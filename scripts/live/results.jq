# What became of each client: { NAME: { sent, lost, failed, retransmitted, broken } }, as far as a client knows it.
# broken: why it counts as a broken connection; null if it does not.
def number(pattern): [match(pattern).captures[0].string | tonumber] | first // 0;
def silent(got): if got == 0 then "nothing came back" else null end;

def downloads($sha256):
    [.[] | if .exit != 0 then "curl ended with exit code \(.exit) after \(.bytes) bytes"
           elif .sha256 != $sha256 then "SHA-256 \(.sha256) of \(.bytes) bytes"
           else empty end] as $bad
    | { sent: length, failed: ($bad | length), broken: ($bad[0] // silent(length)) };

def session($exit):
    (.[0] // { sent: 0, echoed: 0, broken: "ended with exit code \($exit)" })
    | { sent, lost: (.sent - .echoed), broken: (.broken // silent(.echoed)), medianMs, p99Ms };

def requests:
    [split("\n")[] | select(startswith("request ")) | split(" ")] as $all
    | [$all[] | select(.[1:3] != ["200", "0"])] as $bad
    | { sent: ($all | length), failed: ($bad | length),
        slowestMs: ([$all[][3] | tonumber * 1000 | round] | max),
        broken: ($bad[0] | if . then "HTTP status \(.[1]), curl's exit code \(.[2])" else silent($all | length) end) };

def dns:
    number("Queries completed: +(\\d+)") as $got
    | { sent: number("Queries sent: +(\\d+)"), lost: number("Queries lost: +(\\d+)"), broken: silent($got) };

def ping:
    number("(\\d+) packets transmitted") as $sent | number("(\\d+) received") as $got
    | { sent: $sent, lost: ($sent - $got), broken: silent($got) };

# The client is ended by a signal, and calls that an error. It alone says what broke: of its end the server reads the
# message or, when it was just writing, only the reset.
def iperf($sender; $bytes):
    (.[0] // { error: "no report" })
    | { retransmitted: ([$sender[0].end.streams[]?.sender.retransmits // 0] | add),
        broken: (if .error | . == null or test("the client has terminated") then silent($bytes) else .error end) };

def received: [.[0].intervals[]?.streams[] | select(.sender | not) | .bytes] | add;

{
    download: $download | downloads($sha256),
    download6: $download6 | downloads($sha256),
    session: $session | session($exits.session),
    requests: $requests | requests,
    dns: $dns | dns,
    ping: $ping | ping,
    ping6: $ping6 | ping,
    "iperf-up": $iperf | iperf($iperf; $iperfServer | received),
    "iperf-down": $iperf | iperf($iperfServer; $iperf | received)
}
# A client that heard nothing for so long had no connection, whatever it says itself.
| with_entries(.value.broken //= (.key as $name | $gaps[$name]
    | if . > 20000 then "silent for \(.) ms" else null end))
