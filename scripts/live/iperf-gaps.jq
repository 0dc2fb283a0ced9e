# iperf3's report to lines "END LENGTH" in milliseconds, of runs of intervals in which the receiver got nothing.
# $ended: when the client was stopped, in milliseconds since the Unix epoch; iperf3 tells its start in full seconds only.
first(inputs)
# Of a client that was stopped between two reports, the summary can be empty.
| ([.end.sum_sent["end"], (.intervals | last | .streams[0]["end"]), 0 | numbers] | first) as $lasted
| ($ended - $lasted * 1000) as $began
| [.intervals[].streams[] | select(.sender | not) | [.bytes, .start, .["end"]]]
| reduce (.[], [1, 0, 0]) as [$bytes, $from, $to] ({ gaps: [], since: null };
    if $bytes == 0 then .since = (.since // $from) | .until = $to
    elif .since != null then .gaps += [[.until, .until - .since]] | .since = null
    else . end)
| .gaps[]
| "\($began + .[0] * 1000 | floor) \(.[1] * 1000 | floor)"
