#!/usr/bin/env bash
# Records many protocols and odd but legal forms for the tests that dissect what the NFs do to them: real programs on
# a client, a router and a server, captured at the client. Nothing leaves the machine.
#
# usage (as root): scripts/record-protocols.sh [output.pcap]      default: tests/captures/protocols.pcap
set -euo pipefail

readonly root=$(cd "$(dirname "$0")/.." && pwd)
readonly output=$(realpath -m "${1:-$root/tests/captures/protocols.pcap}")
readonly limit=$((400 * 1024))                  # bytes; the file lives in the repository

readonly client_ns=holdfast-client-$$ router_ns=holdfast-router-$$ server_ns=holdfast-server-$$
readonly client4=10.20.0.2 client6=fd00:20::2 gateway4=10.20.0.1 gateway6=fd00:20::1
readonly server4=192.0.2.20 server6=2001:db8:20::20 # documentation addresses (RFC 5737, RFC 3849)
readonly narrow4=198.51.100.20 narrow6=2001:db8:51::20 # the server's, behind a link with a small MTU
readonly name=www.holdfast.test                  # reserved for tests (RFC 6761)

source "$root/scripts/recording.sh"

client() { ip netns exec "$client_ns" "$@"; }
router() { ip netns exec "$router_ns" "$@"; }
server() { ip netns exec "$server_ns" "$@"; }

make_network() {
    local ns
    for ns in "$client_ns" "$router_ns" "$server_ns"; do add_namespace "$ns"; done
    join_namespaces "$client_ns" eth0 02:00:00:00:20:02 "$router_ns" inside 02:00:00:00:20:01
    join_namespaces "$router_ns" outside 02:00:00:00:20:0b "$server_ns" eth0 02:00:00:00:20:0a
    join_namespaces "$router_ns" narrow 02:00:00:00:20:1b "$server_ns" eth1 02:00:00:00:20:1a
    ip -n "$router_ns" link set narrow mtu 1300
    ip -n "$server_ns" link set eth1 mtu 1300
    # A bridge in front of the router, for spanning tree.
    ip -n "$router_ns" link add lan address 02:00:00:00:20:01 type bridge stp_state 0 forward_delay 200
    ip -n "$router_ns" link set inside master lan
    ip -n "$router_ns" link set lan up

    ip -n "$client_ns" address add $client4/24 broadcast + dev eth0
    ip -n "$client_ns" address add $client6/64 dev eth0 nodad
    ip -n "$router_ns" address add $gateway4/24 broadcast + dev lan
    ip -n "$router_ns" address add $gateway6/64 dev lan nodad
    ip -n "$router_ns" address add 192.0.2.1/24 dev outside
    ip -n "$router_ns" address add 2001:db8:20::1/64 dev outside nodad
    ip -n "$router_ns" address add 198.51.100.1/24 dev narrow
    ip -n "$router_ns" address add 2001:db8:51::1/64 dev narrow nodad
    ip -n "$server_ns" address add $server4/24 dev eth0
    ip -n "$server_ns" address add $server6/64 dev eth0 nodad
    ip -n "$server_ns" address add $narrow4/24 dev eth1
    ip -n "$server_ns" address add $narrow6/64 dev eth1 nodad
    ip -n "$client_ns" route add default via $gateway4
    ip -n "$client_ns" route add default via $gateway6
    ip -n "$server_ns" route add default via 192.0.2.1
    ip -n "$server_ns" route add default via 2001:db8:20::1
    # What would go back another way than it came.
    ip -n "$server_ns" rule add from $narrow4 table 7
    ip -n "$server_ns" route add default via 198.51.100.1 table 7
    ip -n "$server_ns" -6 rule add from $narrow6 table 7
    ip -n "$server_ns" -6 route add default via 2001:db8:51::1 table 7
    ip -n "$router_ns" route add unreachable 203.0.113.0/25
    ip -n "$router_ns" route add prohibit 203.0.113.128/25
    ip -n "$router_ns" route add unreachable 2001:db8:dead::/64
    ip -n "$router_ns" route add prohibit 2001:db8:beef::/64
    router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                  echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit'
    server sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit
                  echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts
                  echo 1 > /proc/sys/net/ipv4/conf/all/accept_source_route
                  echo 3 > /proc/sys/net/ipv4/tcp_fastopen; echo 1 > /proc/sys/net/ipv4/tcp_ecn'
    client sh -c 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen'
    # A tunnel from the client to the server.
    ip -n "$client_ns" link add tunnel address 02:00:00:00:21:02 type vxlan id 7 local $client4 remote $server4 dstport 4789
    ip -n "$server_ns" link add tunnel address 02:00:00:00:21:0a type vxlan id 7 local $server4 remote $client4 dstport 4789
    ip -n "$client_ns" link set tunnel mtu 1400 up
    ip -n "$server_ns" link set tunnel mtu 1400 up
    ip -n "$client_ns" address add 10.21.0.2/24 dev tunnel
    ip -n "$server_ns" address add 10.21.0.1/24 dev tunnel
}

start_servers() {
    mkdir "$work/files"
    echo "<html><body>Holdfast test page</body></html>" > "$work/files/index.html"
    head -c 3000 /dev/urandom > "$work/files/some.bin"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$name" \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    cat > "$work/nginx.conf" <<END
daemon off;
user root;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 80 fastopen=16;
        listen [::]:80;
        root $work/files;
    }
    server {
        listen 8080 http2;
        listen 443 ssl http2;
        ssl_certificate $work/cert.pem;
        ssl_certificate_key $work/key.pem;
        root $work/files;
    }
}
END
    start "$server_ns" nginx -e "$work/nginx.log" -c "$work/nginx.conf"
    local text i
    text=$(printf 'x%.0s' {1..250})
    local records=()
    for i in {1..8}; do records+=(--txt-record="large.holdfast.test,$i$text"); done
    start "$server_ns" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file --no-hosts --no-resolv \
        --log-facility="$work/dnsmasq.log" --local=/holdfast.test/ --host-record="$name,$server4,$server6" \
        --edns-packet-max=4096 "${records[@]}" --enable-tftp --tftp-root="$work/files"
    start "$router_ns" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file --no-hosts --no-resolv \
        --port=0 --no-ping --log-facility="$work/dhcp.log" --dhcp-leasefile="$work/leases" --interface=lan \
        --dhcp-range=10.20.0.100,10.20.0.110,1h --dhcp-option=option:dns-server,$server4 \
        --enable-ra --dhcp-range=fd00:20::100,fd00:20::110,64,1h
    start "$server_ns" python3 -m pyftpdlib -d "$work/files" -p 21 >"$work/ftp.log" 2>&1
    start "$server_ns" python3 -m aiosmtpd -n -l $server4:25 >"$work/smtp.log" 2>&1
    ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
    ssh-keygen -q -t ed25519 -N '' -f "$work/user_key"
    mkdir -p /run/sshd
    start "$server_ns" /usr/sbin/sshd -D -e -f /dev/null -h "$work/host_key" -o PidFile="$work/sshd.pid" \
        -o AuthorizedKeysFile="$work/user_key.pub" -o StrictModes=no -o UsePAM=no -o PermitRootLogin=yes 2>"$work/sshd.log"
    start "$server_ns" snmpd -f -C -c /dev/null --rocommunity=public -p "$work/snmpd.pid" -Lf "$work/snmp.log" udp:161
    printf 'local stratum 5\nallow all\ncmdport 0\nbindcmdaddress /\npidfile %s\n' "$work/chronyd.pid" > "$work/chrony.conf"
    start "$server_ns" chronyd -d -x -u root -f "$work/chrony.conf" >"$work/chrony.log" 2>&1
    start "$server_ns" iperf3 -s >"$work/iperf.log" 2>&1
    start "$server_ns" socat -u UDP-RECV:514 /dev/null
    start "$server_ns" socat UDP-LISTEN:7,fork EXEC:cat
    start "$server_ns" socat UDP6-LISTEN:7,fork,ipv6only EXEC:cat
    start "$server_ns" socat TCP-LISTEN:7,fork EXEC:cat
    start "$server_ns" python3 "$root/scripts/odd-sockets.py" serve >"$work/odd.log" 2>&1
    await nginx server curl -sfo /dev/null --noproxy '*' http://127.0.0.1/
    await dnsmasq server dig +short +tries=1 +time=1 @127.0.0.1 $name
    await ftp server curl -sfo /dev/null --noproxy '*' ftp://127.0.0.1/
    await smtp server bash -c "echo QUIT > /dev/tcp/$server4/25"
    await ssh server bash -c '< /dev/tcp/127.0.0.1/22'
}

get() { client curl -sS --noproxy '*' --max-time 5 -o /dev/null "$@"; }
# For programs whose purpose is to fail, or that count an error as a result.
try() { timeout 20 ip netns exec "$client_ns" "$@" >/dev/null 2>>"$work/tried.log" || true; }

make_traffic() {
    # Neighbours and addresses.
    try arping -c 1 -I eth0 $gateway4
    try arping -U -c 1 -I eth0 $client4
    try arping -A -c 1 -I eth0 $client4
    try arping -D -c 1 -w 1 -I eth0 10.20.0.77
    try busybox udhcpc -f -q -n -t 2 -T 1 -i eth0 -s /bin/true
    ip -n "$client_ns" address add fd00:20::99/64 dev eth0      # duplicate address detection, multicast listener report
    try rdisc6 -1 -w 500 eth0
    try ndisc6 -1 -w 500 $gateway6 eth0

    # Echo: small, fragmented, with IP options, to groups; errors of the router and of the server.
    try ping -q -c 2 -i 0.2 $server4
    try ping -q -c 2 -i 0.2 $server6
    try ping -q -c 1 -s 4000 $server4
    try ping -q -c 1 -s 4000 $server6
    try ping -q -c 1 -s 1472 -M do $server4
    try ping -q -c 1 -R $server4
    try ping -q -c 1 -T tsandaddr $server4
    try ping -q -c 1 -W 1 -b 10.20.0.255
    try ping -q -c 1 -W 1 224.0.0.1
    try ping -q -c 1 -W 1 ff02::1%eth0
    try ping -q -c 2 -i 0.2 -W 1 -s 1400 -M do $narrow4        # fragmentation needed, then smaller
    try ping -q -c 2 -i 0.2 -W 1 -s 1400 $narrow6              # packet too big, then fragments
    try ping -q -c 1 -W 1 203.0.113.1
    try ping -q -c 1 -W 1 203.0.113.200
    try ping -q -c 1 -W 1 2001:db8:dead::1
    try ping -q -c 1 -W 1 2001:db8:beef::1
    try ping -q -c 1 -W 1 10.20.0.88
    try traceroute -n -q 1 -m 3 -w 1 $server4
    try traceroute -n -q 1 -m 3 -w 1 -I $server4
    try traceroute -n -q 1 -m 3 -w 1 -T -p 80 $server4
    try traceroute -6 -n -q 1 -m 3 -w 1 $server6
    try traceroute -n -q 1 -m 3 -w 1 $narrow4 1400
    try hping3 -q -c 1 --icmp --icmptype 13 $server4
    try hping3 -q -c 1 --icmp --icmptype 17 $server4
    try hping3 -q -c 1 -0 -H 200 $server4                      # protocol unreachable

    # TCP with unusual flags, options, fragments.
    try hping3 -q -c 1 -S -p 80 -f $server4
    try hping3 -q -c 1 -S -p 80 --tcp-timestamp $server4
    try hping3 -q -c 1 -F -P -U -p 81 $server4
    try hping3 -q -c 1 -X -Y -p 81 $server4
    try nping -q -c 1 --tcp -p 80 --flags syn,ece,cwr $server4
    try nping -q -c 1 --tcp -p 80 --ip-options 'R' $server4
    try nping -q -c 1 --icmp --icmp-type timestamp $server4
    try nmap -n -Pn --max-retries 0 -O -p 22,80,81 $server4
    try nmap -n -Pn --max-retries 0 -6 -O -p 22,80,81 $server6
    try nmap -n -Pn --max-retries 0 -sU -p 7,53,123,161,1900 $server4
    try nmap -n -Pn --max-retries 0 -sY -p 80 $server4
    try nmap -n -Pn --max-retries 0 -sO -p 1,2,4,6,17,41,47,50,51,94,103,115,132,136 $server4
    client sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_ecn'
    get http://$server4/some.bin
    get "http://[$server6]/some.bin"
    get --tcp-fastopen http://$server4/
    get --tcp-fastopen http://$server4/
    get --http2-prior-knowledge http://$server4:8080/
    get -k --http2 https://$server4/
    get http://$narrow4/some.bin
    get "http://[$narrow6]/some.bin"
    try iperf3 -c $server4 -n 30K
    try iperf3 -c $server4 -u -n 5K -l 1000
    try python3 "$root/scripts/odd-sockets.py" talk $server4 $server6

    # Applications.
    try dig +tries=1 +time=1 @$server4 $name A
    try dig +tries=1 +time=1 +tcp @$server6 $name AAAA
    try dig +tries=1 +time=1 +bufsize=4096 +ignore @$server4 large.holdfast.test TXT     # an answer in fragments
    try dig +tries=1 +time=1 +bufsize=4096 +ignore @$server6 large.holdfast.test TXT
    try dig +tries=1 +time=1 @224.0.0.251 -p 5353 printer.local PTR
    try dig +tries=1 +time=1 @ff02::fb%eth0 -p 5353 printer.local PTR
    try curl -sS --max-time 5 -o /dev/null tftp://$server4/some.bin
    try curl -sS --max-time 5 -o /dev/null ftp://$server4/some.bin
    try curl -sS --max-time 5 -o /dev/null -P - ftp://$server4/index.html
    try curl -sS --max-time 5 --mail-from a@holdfast.test --mail-rcpt b@holdfast.test -T "$work/files/index.html" smtp://$server4
    try ssh -i "$work/user_key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@$server4 true
    try snmpget -v2c -c public -t 1 -r 0 $server4 1.3.6.1.2.1.1.3.0
    try snmpwalk -v1 -c public -t 1 -r 0 $server4 1.3.6.1.2.1.1
    try chronyd -Q -t 2 -u root "server $server4 iburst maxsamples 1" 'cmdport 0' "pidfile $work/ask.pid" 'bindcmdaddress /'
    try logger -n $server4 -P 514 --udp 'a line of syslog'
    try logger -n $server4 -P 514 --udp --rfc3164 'and an old one'
    try sipsak -s sip:nobody@$server4

    # Through the tunnel: also an error about a packet inside, and one about the tunnel's own.
    try ping -q -c 2 -i 0.2 10.21.0.1
    try hping3 -q -c 1 --udp -p 9 10.21.0.1
    try ping -q -c 1 -s 3000 10.21.0.1

    # Spanning tree, last since it delays the bridge.
    ip -n "$router_ns" link set lan type bridge stp_state 1
    sleep 2.5
}

need_tools ip:iproute2 ethtool:ethtool tcpdump:tcpdump tshark:tshark capinfos:wireshark-common nginx:nginx-light \
    dnsmasq:dnsmasq-base dig:dnsutils openssl:openssl curl:curl ping:iputils-ping arping:iputils-arping busybox:busybox \
    rdisc6:ndisc6 traceroute:traceroute hping3:hping3 nping:nmap iperf3:iperf3 socat:socat python3:python3 \
    ssh:openssh-client sshd:openssh-server snmpget:snmp snmpd:snmpd chronyd:chrony logger:bsdutils sipsak:sipsak
python3 -c 'import pyftpdlib, aiosmtpd' 2>/dev/null ||
    fail "missing Python modules; install with: apt-get install python3-pyftpdlib python3-aiosmtpd"
begin
make_network
start_servers
start_capture "$client_ns" eth0
make_traffic
stop_capture
keep_capture
