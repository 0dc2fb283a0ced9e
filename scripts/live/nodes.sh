# shellcheck shell=bash
# The two nodes: their configuration, life and death. Sourced after topology.sh.

declare -A node_pid=()

# A chain that never ran before.
make_nodes() {
    local node
    rm -rf "$work"/state-[ab]
    for node in a b; do
        configuration "$node" > "$work/$node.json"
        inside "$node" "$nfmgr" check --config "$work/$node.json" > "$work/check-$node.log" 2>&1 ||
            fail "nfmgr check: $(< "$work/check-$node.log")"
        "$nfmgr" init --config "$work/$node.json" --peer-never-ran > /dev/null
    done
}

# configuration NODE
configuration() {
    local peer
    peer=$(peer_of "$1")
    cat <<END
{
  "node": { "name": "$1", "stateDirectory": "$work/state-$1", "runtimeDirectory": "$work/run" },
  "listen": "${replication[$1]}:7400",
  "peer": { "name": "$peer", "address": "${replication[$peer]}:7400" },
  "initialPrimary": "a",
  "chain": {
    "name": "live",
    "functions": [
      { "name": "monitor", "program": "monitor" },
      // Short time-outs of closed connections: requests open 20 a second, and the tables have 1,024 entries.
      { "name": "firewall", "program": "firewall", "settings": { "tcpTransitory": 5 } },
      { "name": "nat", "program": "nat", "settings": {
        "outside": "$outside4/24", "inside": "$gateway4/24", "tcpTransitory": 5 } }
    ],
    "left": $(port left0 0),
    "right": $(port right0 1)
  }
}
END
}

# port INTERFACE NUMBER: what a node's configuration says of the port there.
port() {
    case ${port_type:-interface} in
        dpdk) echo "{ \"type\": \"dpdk\", \"device\": \"net_af_packet$2,iface=$1\" }" ;;
        *) echo "{ \"type\": \"interface\", \"interface\": \"$1\", \"mode\": \"${port_mode:-auto}\" }" ;;
    esac
}

# start_node NODE: its log is continued.
start_node() {
    ip netns exec "$run-$1" "$nfmgr" run --config "$work/$1.json" >> "$work/$1.log" 2>&1 &
    node_pid[$1]=$!
}

start_nodes() {
    start_node a
    start_node b
    await_ruler 30
}

stop_nodes() {
    kill_all TERM "${node_pid[*]}"
    wait "${node_pid[@]}" || fail "a node ended with exit code $?"
}

# status NODE EXPRESSION: of the node's status, by jq.
status() { "$nfmgr" status --config "$work/$1.json" --json 2>/dev/null | jq -er "$2"; }

is_protected() { [[ $(status "$1" .protected) == true ]]; }

# Sets $ruler to the node that rules and is protected, and $heir to the other.
await_ruler() {
    await "$1" "a protected node" find_ruler
    heir=$(peer_of "$ruler")
}
find_ruler() {
    for ruler in a b; do
        if is_protected "$ruler"; then return; fi
    done
    return 1
}

# What a node has come to is read from its log: asking it would start a process each time, beside what is measured.
# times NODE EVENT: how often the event is in the log. again NODE EVENT TIMES: whether it is there more often than that.
# last NODE EVENT: when it was there last, in milliseconds since the Unix epoch.
times() { grep -c " $1: $2" "$work/$1.log" || true; }
again() { (($(times "$1" "$2") > $3)); }
last() { date -d "$(grep " $1: $2" "$work/$1.log" | tail -n 1 | cut -d ' ' -f 1)" +%s%3N; }
readonly takes_over='rules in term ' gets_protected='is PROTECTED'

# mappings NODE FILE: the NAT's mappings, one a line.
mappings() {
    "$nfmgr" save-state --config "$work/$1.json" "$work/state-now" > /dev/null || fail "node $1 does not save its state"
    "${nfmgr%/*}/functions/nat/nat" show "$work/state-now/nat.state" > "$2" || fail "the state of node $1's NAT is odd"
}
