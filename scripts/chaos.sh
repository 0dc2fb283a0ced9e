#!/usr/bin/env bash
# Real nodes in network namespaces, real traffic through them, and faults by a seed; see tests/chaos/README.md.
#   scripts/chaos.sh --minutes N --seed S [--json FILE]
# Needs root, and ip and tc (iproute2), nft (nftables), ethtool, sysctl (procps); it names what is missing. Leaves nothing
# behind but the logs of a run with violations. The last line is "N passed, N failed; …"; exit code 1 after a violation.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
command -v dotnet > /dev/null || { echo "${0##*/}: dotnet is missing; install the .NET 10 SDK" >&2; exit 3; }
dotnet build -c Release -v quiet "$root/tests/chaos" >&2
exec "$root/artifacts/bin/chaos/release/chaos" "$@"
