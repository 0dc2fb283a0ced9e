# shellcheck shell=bash
# The network: six namespaces.
#
#   client ── left ──┬── a ──┬── right ── server        left, right: switches (bridges)
#                    └── b ──┘                          a, b: nodes; replication by a cable of its own
#
# Sourced after run.sh.

readonly hosts=(client left a b right server)
readonly client4=10.0.1.2 gateway4=10.0.1.1         # inside; the gateway is the NAT
readonly outside4=192.0.2.1 server4=192.0.2.10      # outside; the server has no route to the inside
readonly client6=fd00:1::2 server6=fd00:1::10       # one link: the chain is a bridge for IPv6
declare -A replication=([a]=10.255.0.1 [b]=10.255.0.2)

# inside HOST COMMAND...
inside() { local host=$1; shift; ip netns exec "$run-$host" "$@"; }
# link HOST ARGUMENTS...: ip link in the host
link() { local host=$1; shift; ip -n "$run-$host" link "$@"; }

# cable HOST INTERFACE HOST INTERFACE
cable() { ip link add "$2" netns "$run-$1" type veth peer name "$4" netns "$run-$3"; }

make_network() {
    local host
    for host in "${hosts[@]}"; do make_host "$host"; done
    make_switch left client a b
    make_switch right server a b
    cable client eth0 left client
    cable server eth0 right server
    for host in a b; do
        cable "$host" left0 left "$host"
        cable "$host" right0 right "$host"
    done
    cable a repl0 b repl0
    plug left client a b
    plug right server a b
    make_end client "$client4/24" "$client6/64"
    make_end server "$server4/24" "$server6/64"
    ip -n "$run-client" route add default via "$gateway4"
    for host in a b; do make_node "$host"; done
}

make_host() {
    ip netns add "$run-$1"
    # Before there are interfaces: only the client and the server speak IPv6, and nobody asks for routers.
    # shellcheck disable=SC2016  # expanded inside
    inside "$1" sh -c 'cd /proc/sys/net
        echo 0 > ipv6/conf/default/router_solicitations
        case $1 in client|server) ;; *) echo 1 > ipv6/conf/default/disable_ipv6 ;; esac' - "$1"
    link "$1" set dev lo up
}

make_switch() {
    link "$1" add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    link "$1" set dev br0 up
}

# plug SWITCH PORT...
plug() {
    local switch=$1 port; shift
    for port in "$@"; do link "$switch" set dev "$port" master br0 up; done
}

# make_end HOST IPV4 IPV6
make_end() {
    # With offloads a veth carries frames of up to 64 KiB, and checksums that nobody has computed.
    inside "$1" ethtool -K eth0 tso off gso off gro off tx off >/dev/null
    link "$1" set dev eth0 up
    ip -n "$run-$1" address add "$2" dev eth0
    ip -n "$run-$1" address add "$3" dev eth0 nodad
}

make_node() {
    local port
    for port in left0 right0; do link "$1" set dev "$port" arp off up; done     # ports of the chain: no addresses
    link "$1" set dev repl0 up
    ip -n "$run-$1" address add "${replication[$1]}/30" dev repl0
}

# Until there is a way from the client to the server.
await_path() {
    await 10 "the path for IPv4" inside client ping -n -c 1 -w 1 "$server4"
    await 10 "the path for IPv6" inside client ping -n -c 1 -w 1 "$server6"
}

peer_of() { [[ $1 == a ]] && echo b || echo a; }
