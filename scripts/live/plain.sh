# shellcheck shell=bash
# Node a as plain Linux would do the chain's work: routing with masquerading for IPv4, a neighbour proxy for IPv6.
# What Holdfast is compared with, and what the measurements are rehearsed on. Sourced after topology.sh.

plain_on() {
    link a set dev left0 arp on
    link a set dev right0 arp on
    # shellcheck disable=SC2016  # expanded inside
    inside a sh -c 'cd /proc/sys/net
        echo 1 > ipv4/ip_forward
        for port in left0 right0; do
            echo 0 > "ipv6/conf/$port/disable_ipv6"
            echo 1 > "ipv6/conf/$port/proxy_ndp"
            echo 0 > "ipv6/neigh/$port/proxy_delay"
        done
        echo 1 > ipv6/conf/all/forwarding'
    ip -n "$run-a" address add "$gateway4/24" dev left0
    ip -n "$run-a" address add "$outside4/24" dev right0
    ip -n "$run-a" route add "$client6" dev left0
    ip -n "$run-a" route add "$server6" dev right0
    ip -n "$run-a" neighbour add proxy "$server6" dev left0
    ip -n "$run-a" neighbour add proxy "$client6" dev right0
    inside a nft -f - <<'RULES'
table ip plain {
    chain out {
        type nat hook postrouting priority srcnat
        oifname "right0" masquerade
    }
}
RULES
}

plain_off() {
    inside a nft delete table ip plain
    local port
    for port in left0 right0; do
        ip -n "$run-a" address flush dev "$port"
        inside a sh -c "echo 1 > /proc/sys/net/ipv6/conf/$port/disable_ipv6"
        ip -n "$run-a" neighbour flush dev "$port"
        link a set dev "$port" arp off
    done
    inside a sh -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'
}
