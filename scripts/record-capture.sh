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

source "$root/scripts/recording.sh"

client() { ip netns exec "$client_ns" "$@"; }
server() { ip netns exec "$server_ns" "$@"; }

make_network() {
    add_namespace "$client_ns"
    add_namespace "$server_ns"
    join_namespaces "$client_ns" eth0 02:00:00:00:00:02 "$server_ns" eth0 02:00:00:00:00:0a
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

need_tools ip:iproute2 ethtool:ethtool tcpdump:tcpdump tshark:tshark capinfos:wireshark-common nginx:nginx-light \
    dnsmasq:dnsmasq-base dig:dnsutils openssl:openssl curl:curl ping:iputils-ping
begin
make_network
start_servers
start_capture "$client_ns" eth0
make_traffic
stop_capture
keep_capture
