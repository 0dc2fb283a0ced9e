#!/usr/bin/env bash
# The simulator: whole clusters of production code from one seed, under faults, against the protocol's invariants.
#   scripts/simulate.sh --seed S       replays a seed; a failure with as few faults as can be found, and its transcript
#   scripts/simulate.sh --steps N      explores fresh seeds until N protocol steps are done
#   scripts/simulate.sh --seconds N    the same for N seconds
#   scripts/simulate.sh --controls     the deliberately broken variants, each of which must be found
# The last line is "N passed, N failed; N steps/s".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec dotnet run -c Release --project tests/simulation -- "$@"
