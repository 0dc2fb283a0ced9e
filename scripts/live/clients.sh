# shellcheck shell=bash
# The clients: real programs whose output a witness watches. Each leaves NAME.gaps (silences, see tests/witness) and
# NAME.out (what it printed). Rates are modest: clients, servers, nodes and NFs share the machine. Sourced after
# servers.sh.

readonly clients=(download download6 session requests dns ping ping6 iperf-up iperf-down)
readonly no_proxy='*'; export no_proxy
declare -A client_pid=() watch_pid=()

start_clients() {
    download download "http://$server4/big" &
    client_pid[download]=$!
    download download6 "http://[$server6]/big6" &
    client_pid[download6]=$!
    ip netns exec "$run-client" "$witness" session "$server4" "$echo_port" "$work/session.gaps" \
        > "$work/session.out" 2> "$work/session.log" &
    client_pid[session]=$!
    # A connection for every request, 20 a second: a fresh mapping each.
    watch requests ' 200 0 ' curl -s -H 'Connection: close' -o /dev/null --rate 20/s --max-time 15 \
        -w 'request %{http_code} %{exitcode} %{time_total}\n' "http://$server4/small?[1-1000000]"
    echo "$site A" > "$work/queries"
    watch dns ' NOERROR ' dnsperf -s "$server4" -d "$work/queries" -l 86400 -Q 100 -t 1 -v
    watch ping ' time=' ping -n -i 0.005 "$server4"
    watch ping6 ' time=' ping -n -i 0.005 "$server6"
    serve_iperf3 "$work/iperf-server.json"
    ip netns exec "$run-client" iperf3 --client "$server4" --bidir --time 86400 --bitrate 15M --length 16K \
        --interval 0.1 --json > "$work/iperf.out" 2> "$work/iperf.log" &
    client_pid[iperf]=$!
}

# watch NAME SIGN COMMAND...: runs the command; lines of its output with SIGN are signs of life.
watch() {
    local name=$1 sign=$2; shift 2
    mkfifo "$work/$name.pipe"
    "$witness" lines "$sign" "$work/$name.gaps" < "$work/$name.pipe" > "$work/$name.out" &
    watch_pid[$name]=$!
    ip netns exec "$run-client" stdbuf -oL "$@" > "$work/$name.pipe" 2> "$work/$name.log" &
    client_pid[$name]=$!
}

# download NAME URL: again and again, until $work/stop exists; what has begun is finished.
download() {
    local got
    until [[ -e $work/stop ]]; do
        got=$(ip netns exec "$run-client" curl -sS "$2" 2>> "$work/$1.log" |
            "$witness" bytes "$work/$1.gaps"; echo "${PIPESTATUS[0]}")
        echo "$got" | jq -cs '.[0] + { exit: .[1] }' >> "$work/$1.out"
    done
}

stop_clients() {
    touch "$work/stop"
    kill -INT "${client_pid[ping]}" "${client_pid[ping6]}" "${client_pid[dns]}" 2>/dev/null || true
    kill -TERM "${client_pid[session]}" "${client_pid[requests]}" "${client_pid[iperf]}" 2>/dev/null || true
    iperf_ended=$(now)
    local name
    for name in "${!client_pid[@]}"; do
        client_exit[$name]=0
        wait "${client_pid[$name]}" || client_exit[$name]=$?
    done
    for name in "${!watch_pid[@]}"; do wait "${watch_pid[$name]}"; done
    await 10 "iperf3's server" server_has_reported
    iperf_gaps iperf-up "$work/iperf-server.json"
    iperf_gaps iperf-down "$work/iperf.out"
}
declare -A client_exit=()

server_has_reported() { jq -e .end "$work/iperf-server.json"; }

# iperf_gaps NAME REPORT: from intervals of 0.1 s in which the receiver got nothing.
iperf_gaps() {
    jq -rn --argjson ended "$iperf_ended" -f "$root/scripts/live/iperf-gaps.jq" "$2" > "$work/$1.gaps"
}

# gap NAME FROM TO: the longest silence that ended in the time between, in milliseconds; 0 if none was over 20 ms.
gap() {
    awk -v from="$2" -v to="$3" '$1 > from && $1 <= to && $2 > longest { longest = $2 }
        END { printf "%.0f\n", longest }' "$work/$1.gaps"
}
