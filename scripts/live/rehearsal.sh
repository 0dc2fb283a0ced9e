# shellcheck shell=bash
# Shows that the measurements can be trusted, on plain Linux forwarding: a pause of known length must be seen as long as
# it was, and a reset connection must be found broken. Sourced after plain.sh and report.sh.

rehearse() {
    pause 0.25
    reset_session
}

# pause SECONDS: the left switch forwards nothing from and to the node.
pause() {
    local began off on
    began=$(now)
    inside left bridge link set dev a state 0
    off=$(now)
    sleep "$1"
    on=$(now)
    inside left bridge link set dev a state 3
    sleep 2
    rehearsed pause "$began" $((on - off))
}

reset_session() {
    local began
    began=$(now)
    inside a nft add chain ip plain through '{ type filter hook forward priority filter ; }'
    inside a nft add rule ip plain through tcp dport "$echo_port" reject with tcp reset
    sleep 1
    rehearsed reset "$began" null
}

# rehearsed KIND BEGAN PAUSE_MS
rehearsed() {
    jq -cn --arg kind "$1" --arg node a --argjson began "$2" --argjson ended "$(now)" --argjson pauseMs "$3" \
        '$ARGS.named' >> "$work/faults"
}

# No reply can fall into the pause; what a silence may be longer is the pace of the clients, a busy machine, and for TCP
# its retransmissions.
rehearsal_verdict() {
    jq -e '
        .faults[0] as $pause | $pause.pauseMs as $ms
        | ([.clients | to_entries[] | select(.value.broken) | .key] == ["session"])
          and ([$pause.gaps["ping", "ping6", "dns"]] | all(. >= $ms - 1 and . <= $ms + 100))
          and ([$pause.gaps["download", "download6", "session"]] | all(. >= $ms - 1 and . <= $ms + 1000))
        ' > /dev/null < "$work/report.json" ||
        { echo "REHEARSAL FAILED: the pause was not measured as it was, or something else than the session broke"; return 1; }
    echo "REHEARSAL PASSED: every client saw the pause, and only the session that was reset is broken"
}
