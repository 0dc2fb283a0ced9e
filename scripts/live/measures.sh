# shellcheck shell=bash
# What a path carries and how long it takes, each measured alone. Sourced after servers.sh.

# measures SECONDS: of the path as it is, as one JSON object.
measures() {
    {
        iperf '{ tcpUpMbps: (.end.sum_received.bits_per_second / 1e6) }' --time "$1"
        iperf '{ tcpDownMbps: (.end.sum_received.bits_per_second / 1e6) }' --time "$1" --reverse
        # As many as the client can send; what arrives counts.
        iperf '.end.sum | { smallKpps: ((.packets - .lost_packets) / .seconds / 1000), smallLost: (.lost_percent / 100) }' \
            --time "$1" --udp --length 64 --bitrate 0
        inside client ping -n -i 0.005 -c $((100 * $1)) "$server4" | sed -n 's/.* time=\(.*\) ms/\1/p' | quantiles pingMs
        inside client curl -s -H 'Connection: close' -o /dev/null -w '%{time_total}\n' \
            "http://$server4/small?[1-$((100 * $1))]" | awk '{ print $1 * 1000 }' | quantiles requestMs
    } | jq -cs add
}

# iperf EXPRESSION OPTION...
iperf() {
    local expression=$1; shift
    serve_iperf3 /dev/null
    inside client iperf3 --client "$server4" --json "$@" | jq -c "if .error then error(.error) else $expression end"
}

# quantiles NAME < NUMBERS
quantiles() {
    jq -cs --arg name "$1" 'sort | { "\($name)Median": .[length / 2 | floor], "\($name)P99": .[length * 0.99 | floor] }'
}
