#!/usr/bin/env bash
# Builds what dpdk ports need in C (native/shim) as artifacts/native/libholdfast-dpdk.so; dotnet build calls this. Exit code 3
# where something is missing, and says what.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=()
command -v cc > /dev/null || packages+=(gcc)
command -v meson > /dev/null || packages+=(meson)
command -v ninja > /dev/null || packages+=(ninja-build)
command -v pkg-config > /dev/null || packages+=(pkg-config)
{ command -v pkg-config > /dev/null && pkg-config --exists libdpdk; } || packages+=(libdpdk-dev)
if ((${#packages[@]})); then
    echo "dpdk ports are left out; for them: apt-get install ${packages[*]}" >&2
    exit 3
fi
out=artifacts/native
mkdir -p "$out"
# Projects are built side by side, and ask for this each by itself.
exec 9> "$out/lock"
flock 9
[[ -e $out/build/build.ninja ]] || meson setup "$out/build" native/shim
ninja -C "$out/build"
cmp -s "$out/build/libholdfast-dpdk.so" "$out/libholdfast-dpdk.so" || cp "$out/build/libholdfast-dpdk.so" "$out/libholdfast-dpdk.so"
