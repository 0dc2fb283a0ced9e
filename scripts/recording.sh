# What the recording scripts share; to be sourced. Programs run in network namespaces of their own until the script
# ends, however it ends, and tcpdump captures one interface with nanoseconds.

fail() { echo "${0##*/}: $*" >&2; exit 1; }

# Names the Debian packages of the tools that are missing. Arguments: tool:package
need_tools() {
    local missing=() tool
    for tool in "$@"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || missing+=("$tool")
    done
    [[ ${#missing[@]} -eq 0 ]] ||
        fail "missing: ${missing[*]%%:*}; install with: apt-get install ${missing[*]##*:}"
    [[ $EUID -eq 0 ]] || fail "network namespaces need root; run it with sudo"
}

pids=()
namespaces=()
work=
clean_up() {
    trap - EXIT
    trap '' INT TERM HUP
    set +e
    # The servers are asked to stop; what does not within a second is killed.
    [[ ${#pids[@]} -eq 0 ]] || kill "${pids[@]}" 2>/dev/null
    local pid ns _
    for pid in "${pids[@]}"; do
        for _ in {1..20}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    for ns in "${namespaces[@]}"; do ip netns del "$ns" 2>/dev/null; done   # takes the veth pairs along
    [[ -z $work ]] || rm -rf "$work"
}

# Sets $work to a directory that is gone at the end, like everything else.
begin() {
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    work=$(mktemp -d)
}

# Adds a namespace that sends nothing by itself when its interfaces come up.
add_namespace() {
    ip netns add "$1"
    namespaces+=("$1")
    # Before the interfaces come up: no router solicitations in the capture.
    ip netns exec "$1" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations'
    ip -n "$1" link set lo up
}

# Joins two namespaces by a veth pair. Arguments: namespace, interface and MAC address of either end. Fixed, locally
# administered addresses keep the machine's own out of the file. With offloads, frames would be captured unfinished and
# larger than the wire allows.
join_namespaces() {
    ip link add "$2" address "$3" netns "$1" type veth peer name "$5" address "$6" netns "$4"
    ip netns exec "$1" ethtool -K "$2" tso off gso off gro off tx off >/dev/null
    ip netns exec "$4" ethtool -K "$5" tso off gso off gro off tx off >/dev/null
    ip -n "$1" link set "$2" up
    ip -n "$4" link set "$5" up
}

# Starts a program that runs until clean_up, in a namespace. Not by a function that stands for the namespace: a function
# in the background is a subshell, and its process id not the program's.
start() {
    local ns=$1; shift
    ip netns exec "$ns" "$@" & pids+=($!)
}

# Waits up to five seconds until a command succeeds.
await() {
    local what=$1 _; shift
    for _ in {1..100}; do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.05
    done
    fail "$what did not come up: $(tail -qn 3 "$work"/*.log)"
}

# Captures into $work/capture.pcap. Arguments: namespace, interface.
start_capture() {
    # -Z root: stay able to write here; packets are handed over at once so that stopping loses none.
    start "$1" tcpdump -i "$2" -nn -s 0 --immediate-mode -U --time-stamp-precision=nano -Z root \
        -w "$work/capture.pcap" 2>"$work/tcpdump.log"
    capture=${pids[-1]}
    await tcpdump grep -q 'listening on' "$work/tcpdump.log"
}

stop_capture() {
    sleep 0.5                                   # the last connections' closing packets
    kill "$capture"                             # not -INT, which background processes of a script ignore
    wait "$capture" || fail "tcpdump failed: $(tail -1 "$work/tcpdump.log")"
    grep -q '^0 packets dropped by kernel' "$work/tcpdump.log" || fail "tcpdump lost packets; run it again"
}

# Keeps the capture as $output if it has less than $limit bytes and every checksum is good. Arguments: tshark options.
keep_capture() {
    local bytes bad
    bytes=$(stat -c %s "$work/capture.pcap")
    ((bytes < limit)) || fail "the capture is $bytes bytes, more than $limit: make less traffic"
    bad=$(tshark -r "$work/capture.pcap" \
        -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE "$@" \
        -Y '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
            icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || frame.cap_len < frame.len || frame.len > 1514' \
        2>"$work/tshark.log") || fail "tshark failed: $(tail -1 "$work/tshark.log")"
    [[ -z $bad ]] || fail "malformed, sliced or oversized frames, or bad checksums:"$'\n'"$bad"
    mkdir -p "$(dirname "$output")"
    mv "$work/capture.pcap" "$output"
    chmod 644 "$output"
    capinfos -c -s -u "$output"
}
