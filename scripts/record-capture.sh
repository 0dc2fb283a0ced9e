#!/usr/bin/env bash
# Records the mixed traffic that the tests play: real clients talk to real servers between two network
# namespaces, and the client's side is captured with nanoseconds. Nothing leaves the machine.
#
# usage (as root): scripts/record-capture.sh [output.pcap]      default: tests/captures/mixed.pcap
set -euo pipefail

readonly root=$(cd "$(dirname "$0")/.." && pwd)
readonly output=$(realpath -m "${1:-$root/tests/captures/mixed.pcap}")
readonly limit=$((200 * 1024))                  # bytes; the file lives in the repository

readonly client_ns=holdfast-client-$$ server_ns=holdfast-server-$$
readonly client4=10.10.0.2 client6=fd00:10::2
readonly server4=192.0.2.10 server6=2001:db8::10 # documentation addresses (RFC 5737, RFC 3849)
readonly name=www.holdfast.test                  # reserved for tests (RFC 6761)

fail() { echo "record-capture: $*" >&2; exit 1; }

need_tools() {
    local missing=() tool
    # tool:package
    for tool in ip:iproute2 ethtool:ethtool tcpdump:tcpdump tshark:tshark capinfos:wireshark-common \
                nginx:nginx-light dnsmasq:dnsmasq-base dig:dnsutils openssl:openssl curl:curl ping:iputils-ping; do
        command -v "${tool%%:*}" >/dev/null || missing+=("$tool")
    done
    [[ ${#missing[@]} -eq 0 ]] ||
        fail "missing: ${missing[*]%%:*}; install with: apt-get install ${missing[*]##*:}"
    [[ $EUID -eq 0 ]] || fail "network namespaces need root; run it with sudo"
}

pids=()
work=
clean_up() {
    trap - EXIT
    trap '' INT TERM HUP
    set +e
    # The servers are asked to stop; what does not within a second is killed.
    [[ ${#pids[@]} -eq 0 ]] || kill "${pids[@]}" 2>/dev/null
    local pid _
    for pid in "${pids[@]}"; do
        for _ in {1..20}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    ip netns del "$client_ns" 2>/dev/null       # takes the veth pair along
    ip netns del "$server_ns" 2>/dev/null
    [[ -z $work ]] || rm -rf "$work"
}

client() { ip netns exec "$client_ns" "$@"; }
server() { ip netns exec "$server_ns" "$@"; }

# Starts a program that runs until clean_up. Not by the functions above: a function in the background is
# a subshell, and its process id not the program's.
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

make_network() {
    ip netns add "$client_ns"
    ip netns add "$server_ns"
    local ns
    for ns in "$client_ns" "$server_ns"; do
        # Before the interfaces come up: no router solicitations in the capture.
        ip netns exec "$ns" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/router_solicitations'
        ip -n "$ns" link set lo up
    done
    # Fixed, locally administered addresses keep the machine's own out of the file.
    ip link add eth0 address 02:00:00:00:00:02 netns "$client_ns" type veth \
        peer name eth0 address 02:00:00:00:00:0a netns "$server_ns"
    for ns in "$client_ns" "$server_ns"; do
        # With offloads, frames would be captured unfinished and larger than the wire allows.
        ip netns exec "$ns" ethtool -K eth0 tso off gso off gro off tx off >/dev/null
        ip -n "$ns" link set eth0 up
    done
    ip -n "$client_ns" address add $client4/24 dev eth0
    ip -n "$client_ns" address add $client6/64 dev eth0 nodad
    ip -n "$server_ns" address add $server4/24 dev eth0
    ip -n "$server_ns" address add $server6/64 dev eth0 nodad
    # The two networks are on one link, so a chain (and its NAT) can later stand between them.
    ip -n "$client_ns" route add 192.0.2.0/24 dev eth0
    ip -n "$client_ns" route add 2001:db8::/64 dev eth0
    ip -n "$server_ns" route add 10.10.0.0/24 dev eth0
    ip -n "$server_ns" route add fd00:10::/64 dev eth0
}

start_servers() {
    mkdir "$work/web"
    echo "<html><body>Holdfast test page</body></html>" > "$work/web/index.html"
    head -c 30720 /dev/urandom > "$work/web/download.bin"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$name" \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    cat > "$work/nginx.conf" <<EOF
daemon off;
user root;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 64; }
http {
    access_log off;
    server_tokens off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 80;
        listen [::]:80;
        listen 443 ssl;
        listen [::]:443 ssl;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate $work/cert.pem;
        ssl_certificate_key $work/key.pem;
        root $work/web;
        location = /post { return 204; }
    }
}
EOF
    start "$server_ns" nginx -e "$work/nginx.log" -c "$work/nginx.conf"
    start "$server_ns" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file --no-hosts --no-resolv \
        --log-facility="$work/dnsmasq.log" --local=/holdfast.test/ \
        --host-record="$name,$server4,$server6"
    await nginx server curl -sfo /dev/null --noproxy '*' http://127.0.0.1/
    await dnsmasq server dig +short +tries=1 +time=1 @127.0.0.1 "$name"
}

start_capture() {
    # -Z root: stay able to write here; packets are handed over at once so that stopping loses none.
    start "$client_ns" tcpdump -i eth0 -nn -s 0 --immediate-mode -U --time-stamp-precision=nano -Z root \
        -w "$work/mixed.pcap" 2>"$work/tcpdump.log"
    capture=${pids[-1]}
    await tcpdump grep -q 'listening on' "$work/tcpdump.log"
}

stop_capture() {
    sleep 0.5                                   # the last connections' closing packets
    kill "$capture"                             # not -INT, which background processes of a script ignore
    wait "$capture" || fail "tcpdump failed: $(tail -1 "$work/tcpdump.log")"
    grep -q '^0 packets dropped by kernel' "$work/tcpdump.log" || fail "tcpdump lost packets; run it again"
}

get() { client curl -sS --noproxy '*' --max-time 5 -o /dev/null "$@"; }
ask() { client dig +tries=1 +time=2 "$@" >/dev/null || fail "no answer to: dig $*"; }
closed_udp_port() { client bash -c 'for i in 1 2; do echo ping > "/dev/udp/$1/9"; sleep 0.2; done' - "$1" || true; }
refused() { ! get "$1" 2>/dev/null || fail "$1 was not refused"; }

make_traffic() {
    local address url                           # url: the address as it is written in one
    for address in $server4 $server6; do
        url=$address
        [[ $address != *:* ]] || url="[$address]"

        client ping -q -c 4 -i 0.2 "$address" >/dev/null

        ask @"$address" $name A
        ask @"$address" $name AAAA
        ask @"$address" nobody.holdfast.test A  # NXDOMAIN

        get "http://$url/"
        get "http://$url/" --next -sS --noproxy '*' -o /dev/null "http://$url/missing"   # both on one connection
        get -d 'field=value' "http://$url/post"
        get -k --tls-max 1.2 "https://$url/"
        get -k "https://$url/"

        closed_udp_port "$address"
        refused "http://$url:81/"
    done
    ask @$server4 +tcp $name A
    get http://$server4/download.bin
}

verify() {
    local bytes bad
    bytes=$(stat -c %s "$work/mixed.pcap")
    ((bytes < limit)) || fail "the capture is $bytes bytes, more than $limit: make less traffic"
    bad=$(tshark -r "$work/mixed.pcap" \
        -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -Y '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 ||
            icmp.checksum.status == 0 || icmpv6.checksum.status == 0 || frame.cap_len < frame.len || frame.len > 1514' \
        2>"$work/tshark.log") || fail "tshark failed: $(tail -1 "$work/tshark.log")"
    [[ -z $bad ]] || fail "malformed, sliced or oversized frames, or bad checksums:"$'\n'"$bad"
}

need_tools
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
work=$(mktemp -d)
make_network
start_servers
start_capture
make_traffic
stop_capture
verify
mkdir -p "$(dirname "$output")"
mv "$work/mixed.pcap" "$output"
chmod 644 "$output"
capinfos -c -s -u "$output"
