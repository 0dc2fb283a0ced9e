#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Puts a protected chain between real programs, and takes its primary away again and again, see scripts/README.md.
set -euo pipefail

readonly usage="usage (as root): scripts/failover-live.sh [options]
  --scenario NAME   kill, vanish, cut, rehearsal, or all but the last (default)
  --kills N         kills in a row; default 10
  --ports TYPE      of the nodes: interface, or dpdk (net_af_packet on the same interfaces); default interface
  --mode MODE       of interface ports: auto, packet or xdp; default auto
  --keep-logs DIR   leaves configurations, logs and what each client printed there
  --json FILE       writes the report there
Exit codes: 0 no connection broke, 1 one did or the run failed, 2 wrong arguments, 3 this machine
lacks something"

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
. "$here/live/run.sh"
. "$here/live/topology.sh"
. "$here/live/servers.sh"
. "$here/live/clients.sh"
. "$here/live/plain.sh"
. "$here/live/nodes.sh"
. "$here/live/switches.sh"
. "$here/live/faults.sh"
. "$here/live/report.sh"
. "$here/live/rehearsal.sh"

misused() { printf '%s: %s\n%s\n' "${0##*/}" "$1" "$usage" >&2; exit 2; }

scenario=all kills=10 port_type=interface port_mode=auto keep_logs='' json=''
while (($# > 0)); do
    case $1 in
        -h | --help) echo "$usage"; exit ;;
        --scenario | --kills | --ports | --mode | --keep-logs | --json) (($# > 1)) || misused "$1 needs a value" ;;&
        --scenario) scenario=$2 ;;
        --kills) kills=$2 ;;
        --ports) port_type=$2 ;;
        --mode) port_mode=$2 ;;
        --keep-logs) keep_logs=$(realpath -m "$2") ;;
        --json) json=$(realpath -m "$2") ;;
        *) misused "'$1' is not an option" ;;
    esac
    shift 2
done
[[ $scenario =~ ^(kill|vanish|cut|all|rehearsal)$ ]] || misused "--scenario $scenario: there is no such scenario"
[[ $port_type =~ ^(interface|dpdk)$ ]] || misused "--ports $port_type: there is no such type of port here"
[[ $kills =~ ^[1-9][0-9]{0,3}$ ]] || misused "--kills $kills: it must be 1 to 9999"

need "${tools[@]}"
begin "$keep_logs"
make_network
start_servers
big_file 48                                         # 12 s at the pace of the server: several faults

if [[ $scenario == rehearsal ]]; then
    plain_on
else
    make_nodes
    start_nodes
    faults=()
    [[ $scenario != kill && $scenario != all ]] || for ((i = 0; i < kills; i++)); do faults+=(kill); done
    [[ $scenario != vanish && $scenario != all ]] || faults+=(vanish vanish)
    [[ $scenario != cut && $scenario != all ]] || faults+=(cut cut)
fi
await_path
watch_switches
start_clients
sleep 2                                             # until all of them run
quiet_from=$(now)
sleep 3
quiet_to=$(now)
if [[ $scenario == rehearsal ]]; then
    rehearse
else
    for kind in "${faults[@]}"; do fault "$kind"; done
fi
end=$(now)
stop_clients
report "$quiet_from" "$quiet_to" "$end" > "$work/report.json"
[[ -z $json ]] || cp "$work/report.json" "$json"
tables < "$work/report.json"
echo
if [[ $scenario == rehearsal ]]; then rehearsal_verdict; else verdict; fi
