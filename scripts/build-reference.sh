#!/usr/bin/env bash
# Builds the chain by DPDK's own parts (tests/reference) as artifacts/reference/reference. It is for the machine that
# compiles it, as it uses whatever that one's processor has. Exit code 3 where something is missing, and says what.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v gcc > /dev/null || ! command -v pkg-config > /dev/null || ! pkg-config --exists libdpdk; then
    echo "${0##*/}: the reference in C can't be built; install with: apt-get install gcc pkg-config libdpdk-dev" >&2
    exit 3
fi
mkdir -p artifacts/reference
read -ra dpdk <<< "$(pkg-config --cflags --libs libdpdk)"
gcc -std=gnu11 -O3 -march=native -Wall -Wextra -Werror -o artifacts/reference/reference tests/reference/reference.c "${dpdk[@]}"
