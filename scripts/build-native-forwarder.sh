#!/usr/bin/env bash
# Compiles the forwarder (tests/forwarder) ahead of time as artifacts/ahead-of-time/forwarder/forwarder, for the processor of
# the machine that compiles it; `evaluate --only compilation` compares it. Exit code 3 where something is missing, and says
# what.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v clang > /dev/null && ! command -v gcc > /dev/null; then
    echo "${0##*/}: nothing can link the forwarder; install with: apt-get install gcc" >&2
    exit 3
fi
# The compiler's warnings are about what nflib finds by reflection when it starts: a forwarder needs none of it.
dotnet publish tests/forwarder -c Release -v quiet -p:AheadOfTime=true -p:RunAnalyzers=false \
    -p:TreatWarningsAsErrors=false -p:NoWarn=IL2070%3BIL3000 -o artifacts/ahead-of-time/forwarder
