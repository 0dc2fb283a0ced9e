# A report's faults: takeover, learning, protection, retransmissions and NAT mappings, tab-separated.
def shown: if . == null then "-" else . end;
["", "what", "takeover", "left: NAT", "host", "right: NAT", "host", "protected", "client again", "server again",
 "mappings", "after", "kept", "gone", "changed"],
(.faults | to_entries[] | [.key + 1] + (.value |
    ["\(.kind) \(.node)", .tookOverMs, .learnedMs.left.chain, .learnedMs.left.host, .learnedMs.right.chain,
     .learnedMs.right.host, .protectedMs, .retransmitted.client, .retransmitted.server,
     .mappings.before, .mappings.after, .mappings.kept, .mappings.gone, (.mappings.changed | length?)]) | map(shown))
| @tsv
