# A report's clients, tab-separated.
def shown: if . == null then "-" else . end;
["client", "sent", "lost", "failed", "sent again", "broken"],
(.clients | to_entries[] | [.key] + (.value | [.sent, .lost, .failed, .retransmitted, .broken]) | map(shown))
| @tsv
