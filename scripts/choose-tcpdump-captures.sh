#!/usr/bin/env bash
# Chooses frames from the captures that tcpdump tests itself with: many protocols from many networks and years, and
# frames that were found to crash a dissector. They come with Debian's source package of tcpdump, under its BSD licence.
#
# usage: scripts/choose-tcpdump-captures.sh SOURCE [output.pcap]   default: tests/captures/tcpdump.pcap
# where SOURCE is what `apt-get source tcpdump` unpacked (version 4.99.3 for the file in the repository).
set -euo pipefail

readonly root=$(cd "$(dirname "$0")/.." && pwd)
readonly output=$(realpath -m "${2:-$root/tests/captures/tcpdump.pcap}")
readonly per_file=4 longest=1518                # frames of each capture; bytes

fail() { echo "choose-tcpdump-captures: $*" >&2; exit 1; }
for tool in capinfos editcap mergecap tshark; do
    command -v $tool >/dev/null || fail "missing: $tool; install with: apt-get install tshark wireshark-common"
done
[[ -d ${1-}/tests ]] || fail "give the directory that 'apt-get source tcpdump' made"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export LC_ALL=C                                 # the order of the files
shopt -s nullglob
for file in "$1"/tests/*.pcap "$1"/tests/*.pcapng; do
    [[ $(capinfos -TrE "$file" 2>/dev/null | cut -f 2) == ether ]] || continue
    # Damaged files end early; what tshark could read of them counts.
    mapfile -t frames < <(tshark -n -r "$file" -Y "frame.cap_len <= $longest && frame.cap_len > 0 && frame.cap_len <= frame.len" \
        -T fields -e frame.number 2>/dev/null | head -n $per_file)
    ((${#frames[@]})) || continue
    editcap -r "$file" "$work/$(basename "$file").part" "${frames[@]}" 2>/dev/null || true
done
# -a: one file after the other, whatever the times say.
mergecap -a -F nsecpcap -w "$work/all.pcap" "$work"/*.part
# The same frame often stands in several files.
editcap -F nsecpcap -D 1000000 "$work/all.pcap" "$work/different.pcap" 2>/dev/null
mv "$work/different.pcap" "$output"
chmod 644 "$output"
capinfos -c -s "$output"
