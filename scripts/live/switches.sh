# shellcheck shell=bash
# What the switches learn: which MAC address is behind which port, and since when. Sourced after topology.sh.

watch_switches() {
    local switch
    for switch in left right; do
        ip netns exec "$run-$switch" env TZ=UTC bridge -timestamp monitor fdb > "$work/$switch.fdb" &
    done
    # A switch sees the chain's own address, and behind it the host on the other side, whose IPv6 is bridged.
    chain_mac[left]=$(neighbour client "$gateway4")
    chain_mac[right]=$(neighbour server "$outside4")
    host_mac[left]=$(mac server)
    host_mac[right]=$(mac client)
}
declare -A chain_mac=() host_mac=()

neighbour() { ip -n "$run-$1" -json neighbour show "$2" | jq -r '.[0].lladdr'; }
mac() { ip -n "$run-$1" -json link show dev eth0 | jq -r '.[0].address'; }

# learned SWITCH MAC PORT SINCE: how many milliseconds after SINCE the switch first had the address behind the port;
# null if it did not have to learn it.
learned() {
    TZ=UTC awk -v mac="$2" -v port="$3" -v since="$4" '
        $1 == "Timestamp:" {
            split($5, clock, ":")
            month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", $3) + 2) / 3
            time = mktime($6 " " month " " $4 " " clock[1] " " clock[2] " " clock[3]) * 1000 + $7 / 1000
        }
        $1 == mac && $3 == port && time >= since { printf "%.0f", time - since; found = 1; exit }
        END { if (!found) printf "null" }' "$work/$1.fdb"
}

# learning_times PORT SINCE: of both switches, as JSON.
learning_times() {
    local switch
    for switch in left right; do
        printf '{ "%s": { "chain": %s, "host": %s } }\n' "$switch" \
            "$(learned "$switch" "${chain_mac[$switch]}" "$1" "$2")" \
            "$(learned "$switch" "${host_mac[$switch]}" "$1" "$2")"
    done | jq -cs add
}
