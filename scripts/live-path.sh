#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Measures the live chain against plain Linux forwarding in the same namespaces, in turns; see scripts/README.md.
set -euo pipefail

readonly usage="usage (as root): scripts/live-path.sh [options]
  --turns N         of each path; default 3
  --seconds N       of each measurement; default 3
  --mode MODE       of the nodes' ports: auto, packet or xdp; default auto
  --keep-logs DIR   leaves configurations and logs there
  --json            prints one JSON object"

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
. "$here/live/run.sh"
. "$here/live/topology.sh"
. "$here/live/servers.sh"
. "$here/live/measures.sh"
. "$here/live/plain.sh"
. "$here/live/nodes.sh"

misused() { printf '%s: %s\n%s\n' "${0##*/}" "$1" "$usage" >&2; exit 2; }

turns=3 seconds=3 port_mode=auto keep_logs='' json=''
while (($# > 0)); do
    case $1 in
        -h | --help) echo "$usage"; exit ;;
        --json) json=yes; shift; continue ;;
        --turns | --seconds | --mode | --keep-logs) (($# > 1)) || misused "$1 needs a value" ;;&
        --turns) turns=$2 ;;
        --seconds) seconds=$2 ;;
        --mode) port_mode=$2 ;;
        --keep-logs) keep_logs=$(realpath -m "$2") ;;
        *) misused "'$1' is not an option" ;;
    esac
    shift 2
done
[[ $turns =~ ^[1-9][0-9]?$ && $seconds =~ ^[1-9][0-9]?$ ]] || misused "--turns and --seconds must be 1 to 99"

chain_on() { make_nodes; start_nodes; }
chain_off() { stop_nodes; }

# turn PATH: chain or plain.
turn() {
    "$1_on"
    # The gateway has another address now.
    ip -n "$run-client" neighbour flush all
    ip -n "$run-server" neighbour flush all
    await_path
    measures 1 > /dev/null                          # caches, and the compiler's second look at the code
    measures "$seconds" | jq -c --arg path "$1" '{ $path } + .' >> "$work/turns"
    "$1_off"
}

need "${tools[@]}"
begin "$keep_logs"
make_network
# Each turn's NAT begins with the same outside ports. Where the server still waits for the last turn's connections from
# them, it refuses a SYN at first, which cost each request 10 ms.
inside server sh -c 'echo 0 > /proc/sys/net/ipv4/tcp_max_tw_buckets'
start_servers
for ((i = 0; i < turns; i++)); do
    turn chain
    turn plain
done
jq -s '
    def median: sort | .[length / 2 | floor];
    . as $turns
    | ($turns[0] | del(.path) | keys_unsorted) as $figures
    | { turns: $turns, medians: ($figures | map(. as $figure | { key: $figure, value: (
        { chain: ([$turns[] | select(.path == "chain") | .[$figure]] | median),
          plain: ([$turns[] | select(.path == "plain") | .[$figure]] | median) }
        | .ratio = (if .plain == 0 then null else .chain / .plain end)) }) | from_entries) }
    ' "$work/turns" > "$work/figures.json"
if [[ -n $json ]]; then
    cat "$work/figures.json"
else
    jq -r '
        def shown: if . == null then "-" else . * 1000 | round / 1000 end;
        ["median of \(.turns | length / 2) turns", "chain", "plain", "ratio"],
        (.medians | to_entries[] | [.key, (.value | .chain, .plain, .ratio | shown)]) | @tsv' "$work/figures.json" | align
fi
