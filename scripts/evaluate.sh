#!/usr/bin/env bash
# Measures real nodes on this machine, and writes results.json, a CSV for each experiment and report.html.
#   scripts/evaluate.sh [--quick] [--out DIR] [--only NAME,NAME]
# Needs gnuplot (gnuplot-nox) and ss (iproute2), and names what is missing before anything runs. The reference in C is left
# out where gcc, pkg-config or libdpdk-dev is missing, dpdk-testpmd (dpdk-dev) and the NF that is compiled ahead of time (gcc)
# likewise; the report says so. Two busy
# cores make any figure worthless. Exit code 1 when a result is wrong, whatever its time.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
command -v dotnet > /dev/null || { echo "${0##*/}: dotnet is missing; install the .NET 10 SDK" >&2; exit 3; }
command -v gnuplot > /dev/null || { echo "${0##*/}: gnuplot is missing; install with: apt-get install gnuplot-nox" >&2; exit 3; }
command -v ss > /dev/null || { echo "${0##*/}: ss is missing; install with: apt-get install iproute2" >&2; exit 3; }
# Better none than an old one.
"$root/scripts/build-reference.sh" || rm -f "$root/artifacts/reference/reference"
"$root/scripts/build-native-forwarder.sh" >&2 || rm -rf "$root/artifacts/ahead-of-time"
dotnet build -c Release -v quiet "$root/tests/evaluation" >&2
exec "$root/artifacts/bin/evaluation/release/evaluate" "$@"
