# A report's silences, a row for each fault, tab-separated.
def shown: if . == 0 then "-" else . end;
(.clients | keys_unsorted) as $names
| (["", "what"] + $names),
  (["", "no fault"] + [.quiet.gaps[$names[]] | shown]),
  (.faults | to_entries[] | [.key + 1, "\(.value.kind) \(.value.node)"] + [.value.gaps[$names[]] | shown])
| @tsv
