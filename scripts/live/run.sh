# shellcheck shell=bash
# One run of a script: its tools, its working directory, its processes, and its end.
# Sourced; sets $root, $run (prefix of the namespaces' names), $work, and $web (what the server serves).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root run=hf$$
readonly nfmgr=$root/artifacts/bin/nfmgr/release/nfmgr
readonly witness=$root/artifacts/bin/witness/release/witness
# TOOL:PACKAGE
readonly tools=(ip:iproute2 bridge:iproute2 nstat:iproute2 ss:iproute2 ethtool:ethtool nft:nftables jq:jq curl:curl
    nginx:nginx-light socat:socat dnsmasq:dnsmasq-base dig:bind9-dnsutils dnsperf:dnsperf ping:iputils-ping iperf3:iperf3)
work='' web=''

fail() { echo "${0##*/}: $*" >&2; exit 1; }
lack() { echo "${0##*/}: $*" >&2; exit 3; }

# need TOOL:PACKAGE...
need() {
    local missing=() tool
    for tool in "$@"; do
        command -v "${tool%%:*}" >/dev/null || missing+=("$tool")
    done
    [[ ${#missing[@]} -eq 0 ]] ||
        lack "missing: ${missing[*]%%:*}; install with: apt-get install" \
            "$(printf '%s\n' "${missing[@]##*:}" | sort -u | paste -sd ' ')"
    [[ $EUID -eq 0 ]] || lack "network namespaces need root; run it with sudo"
    unshare --net true 2>/dev/null || lack "this machine allows no network namespaces; in a container: run it privileged"
    [[ -x $nfmgr && -x $witness ]] || build
    [[ ${port_type:-} != dpdk || -e ${nfmgr%/*}/libholdfast-dpdk.so ]] ||
        lack "dpdk ports were not built; apt-get install gcc meson ninja-build pkg-config libdpdk-dev dpdk, then dotnet build -c Release"
}

build() {
    command -v dotnet >/dev/null ||
        lack "$root is not built, and dotnet is missing; install the .NET 10 SDK"
    echo "building once: dotnet build -c Release" >&2
    (cd "$root" && dotnet build Holdfast.slnx -c Release -v quiet >&2) || fail "the build failed"
}

# begin [DIR]: from here on everything is cleaned up, also on a failure or an interrupt. What the run leaves in its
# working directory is moved to DIR, if given, and else deleted.
begin() {
    keep=${1:-}
    trap end EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-live-XXXXXX")
    chmod 755 "$work"
    # What the server serves lies in memory: a disk that stalls must not look like a path that does.
    web=$(mktemp -d "$([[ -w /dev/shm ]] && echo /dev/shm || echo "$work")/holdfast-web-XXXXXX")
    chmod 755 "$web"
}

end() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP
    set +e
    # The script's own loops first, or they would start the next client.
    kill_all TERM "$(jobs -p)"
    local name
    for name in $(ip netns list | awk -v run="$run-" 'index($1, run) == 1 { print $1 }'); do
        kill_all TERM "$(ip netns pids "$name")"
        for _ in {1..20}; do [[ -z $(ip netns pids "$name") ]] && break; sleep 0.05; done
        kill_all KILL "$(ip netns pids "$name")"
        ip netns del "$name"                        # takes its interfaces and their other ends along
    done
    wait
    ((status != 1)) || show_ends_of_logs
    if [[ -n $keep ]]; then
        mkdir -p "$keep" && cp -r "$work/." "$keep" && echo "logs: $keep" >&2
    fi
    rm -rf "$work" "$web"
    exit "$status"
}

# kill_all SIGNAL PIDS, separated by white space
kill_all() {
    local pid
    for pid in $2; do kill "-$1" "$pid" 2>/dev/null; done
    true
}

show_ends_of_logs() {
    local log
    for log in "$work"/*.log; do
        [[ -s $log ]] && printf -- '---- %s\n%s\n' "${log##*/}" "$(tail -n 12 "$log")" >&2
    done
}

# Milliseconds since the Unix epoch.
now() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

# await SECONDS WHAT COMMAND...: until the command succeeds.
await() {
    local deadline=$(($(now) + $1 * 1000)) what=$2; shift 2
    until "$@" >/dev/null 2>&1; do
        (($(now) < deadline)) || fail "$what: not in time"
        sleep 0.1
    done
}

# align < TABLE: tab-separated cells into columns.
align() {
    awk -F '\t' '
        { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) }; columns = NF }
        END {
            for (row = 1; row <= NR; row++) {
                for (i = 1; i <= columns; i++) printf(i == 1 ? "%-*s" : "  %*s", width[i], cell[row, i])
                print ""
            }
        }'
}
