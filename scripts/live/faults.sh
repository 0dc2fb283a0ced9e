# shellcheck shell=bash
# Faults, one after the other; each begins and ends with a protected chain. Sourced after nodes.sh and switches.sh.

readonly away=1                                     # seconds that a lost host or link stays away
readonly patience=30                                # seconds to take over, and to be protected again

# fault KIND: kill, vanish or cut, of whoever rules. A line of JSON about it goes to $work/faults.
fault() {
    local kind=$1 ruler heir terms protections began
    until
        await_ruler $patience
        terms=$(times "$heir" "$takes_over")
        protections=$(times "$heir" "$gets_protected")
        mappings "$ruler" "$work/mappings.before"
        counters > "$work/counters.before"
        ! again "$heir" "$takes_over" "$terms"      # on a busy machine it may have heard nothing for too long meanwhile
    do :; done
    "${kind}_begins" "$ruler"
    await $patience "takeover by $heir after $kind of $ruler" again "$heir" "$takes_over" "$terms"
    mappings "$heir" "$work/mappings.after"         # before closed connections have gone
    sleep "$away"
    "${kind}_ends" "$ruler"
    await $patience "protection after $kind of $ruler" again "$heir" "$gets_protected" "$protections"
    sleep 1                                         # what TCP lost, it has sent again by now
    jq -cn --arg kind "$kind" --arg node "$ruler" --argjson began "$began" \
        --argjson tookOverMs $(($(last "$heir" "$takes_over") - began)) \
        --argjson protectedMs $(($(last "$heir" "$gets_protected") - began)) \
        --argjson learnedMs "$(learning_times "$heir" "$began")" \
        --argjson mappings "$(compare_mappings)" --argjson retransmitted "$(since_before)" \
        '$ARGS.named' >> "$work/faults"
}

# What begins a fault sets $began, in milliseconds since the Unix epoch.
kill_begins() {
    local pids
    pids=$(status "$1" '.processId, .functions[].processId')
    began=$(now)
    kill_all KILL "$pids"
    wait "${node_pid[$1]}" 2>/dev/null || true
}
kill_ends() { start_node "$1"; }

vanish_begins() { began=$(now); all_links "$1" down; }
vanish_ends() { all_links "$1" up; }
all_links() { printf "link set dev %s $2\n" left0 right0 repl0 | ip -n "$run-$1" -batch -; }

cut_begins() { began=$(now); link "$1" set dev repl0 down; }
cut_ends() { link "$1" set dev repl0 up; }

# Segments that client and server have sent again so far.
counters() {
    local host
    for host in client server; do
        inside "$host" nstat -asz --json TcpRetransSegs | jq -c --arg host "$host" '{ ($host): .kernel.TcpRetransSegs }'
    done | jq -cs add
}

since_before() {
    jq -cn --slurpfile before "$work/counters.before" --argjson after "$(counters)" \
        '$after | with_entries(.value -= $before[0][.key])'
}

# Gone is an inside endpoint that has no outside port any more, changed one that has another.
compare_mappings() {
    jq -cn --rawfile before "$work/mappings.before" --rawfile after "$work/mappings.after" '
        # session PROTOCOL INSIDE MAC outside-port PORT ...
        def table: split("\n") | map(select(startswith("session ")) | split(" ")
            | { key: "\(.[1]) \(.[2])", value: .[5] }) | from_entries;
        ($before | table) as $old | ($after | table) as $new
        | { before: ($old | length), after: ($new | length),
            kept: [$old | to_entries[] | select($new[.key] == .value)] | length,
            gone: [$old | keys[] | select($new[.] == null)] | length,
            changed: [$old | to_entries[] | select($new[.key] != null and $new[.key] != .value)
                      | "\(.key): \(.value), then \($new[.key])"] }'
}
