# shellcheck shell=bash
# Everything that was measured, as JSON and as tables. Sourced after clients.sh.

# report QUIET_FROM QUIET_TO END: times in milliseconds since the Unix epoch; prints one JSON object.
report() {
    local faults=() times i
    mapfile -t faults < "$work/faults"
    # A silence belongs to the fault before its end.
    mapfile -t times < <(jq .began "$work/faults"; echo "$3")
    for i in "${!faults[@]}"; do
        faults[i]=$(jq -c --argjson gaps "$(gaps "${times[i]}" "${times[i + 1]}")" '. + { $gaps }' <<< "${faults[i]}")
    done
    jq -n --argjson quiet "$(gaps "$1" "$2")" --argjson faults "$(jq -cs . <<< "${faults[*]}")" --argjson clients "$(results "$1")" \
        --argjson takeovers "$(unasked_takeovers "${#faults[@]}")" '
        { quiet: { gaps: $quiet }, $faults, unaskedTakeovers: $takeovers, $clients,
          broken: [$clients | to_entries[] | select(.value.broken) | "\(.key): \(.value.broken)"] }'
}

# unasked_takeovers FAULTS: how often a standby took over although nobody had made a fault.
unasked_takeovers() {
    [[ -e $work/a.log ]] || { echo 0; return; }
    echo $(($(times a "$takes_over") + $(times b "$takes_over") - 1 - $1))
}

# gaps FROM TO: of each client, in milliseconds, as JSON.
gaps() {
    local client
    for client in "${clients[@]}"; do printf '{ "%s": %s }\n' "$client" "$(gap "$client" "$1" "$2")"; done | jq -cs add
}

# results FROM: of each client; gaps count from then on.
results() {
    local exits
    exits=$(for client in "${!client_exit[@]}"; do printf '{ "%s": %s }\n' "$client" "${client_exit[$client]}"; done |
        jq -cs add)
    jq -n -f "$root/scripts/live/results.jq" \
        --arg sha256 "$big_sha256" --argjson exits "$exits" --argjson gaps "$(gaps "$1" "$(now)")" \
        --slurpfile download "$work/download.out" --slurpfile download6 "$work/download6.out" \
        --slurpfile session "$work/session.out" --rawfile requests "$work/requests.out" --rawfile dns "$work/dns.out" \
        --rawfile ping "$work/ping.out" --rawfile ping6 "$work/ping6.out" \
        --slurpfile iperf "$work/iperf.out" --slurpfile iperfServer "$work/iperf-server.json"
}

# tables < REPORT
tables() {
    local report
    report=$(cat)
    echo
    echo "Longest silence of each client in milliseconds (- : none over 20; iperf3 tells by 100):"
    jq -r -f "$root/scripts/live/gaps.jq" <<< "$report" | align
    if jq -e '.faults[0].tookOverMs' <<< "$report" > /dev/null; then
        echo
        echo "What the nodes and the switches did, in milliseconds after the fault; segments sent again; NAT mappings:"
        jq -r -f "$root/scripts/live/faults.jq" <<< "$report" | align
    fi
    echo
    echo "All in all:"
    jq -r -f "$root/scripts/live/clients.jq" <<< "$report" | align
}

# verdict: one line, and the exit code.
verdict() {
    jq -r '
        ([.clients.download, .clients.download6 | .sent] | add) as $downloads
        | ([.faults | group_by(.kind)[] | "\(.[0].kind) \([.[].gaps.ping] | max) ms"] | join(", ")) as $silences
        | if .broken == [] then
            "VERDICT: GOOD: \(.faults | length) faults, no connection broke, \($downloads) checksums right; "
            + "longest silence of the path: \($silences); takeovers without a fault: \(.unaskedTakeovers)"
          else "VERDICT: BROKEN: \(.broken | join("; "))" end' < "$work/report.json"
    jq -e '.broken == []' < "$work/report.json" > /dev/null
}
