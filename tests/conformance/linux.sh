#!/bin/sh
# Run conformance cases against the Linux kernel:
#
#     linux.sh PROGRAM [NUMBER...]     these cases, one after the other; PROGRAM is build/release/tests/conformance
#     linux.sh --quick PROGRAM         some cases of every section, which take seconds each, several at a time
#
# The kernel under test is that of a network namespace, at the other end of a veth pair. Both end with this script. It
# needs root, or a machine on which users may make namespaces. Exit with 0 if all cases passed, 77 if no namespace can
# be made. Several of these scripts may run in parallel.
set -u
mac=02:00:00:00:00:4e
script=$0
at_once=14 # they mostly wait

# Cases of 6 to 8 s each, which Linux passes.
quick_cases="1.1.2 1.1.4.A 1.1.7.B 1.1.8 1.2.1 1.2.3.B 1.2.4.A 1.2.5.B 1.2.6.C 1.2.6.H 1.2.8.A 1.2.8.E 1.2.10.A
    1.3.1.A 1.3.1.E 1.3.3 1.3.4.A 1.3.6.A 2.1.1.A 2.1.2.A 2.1.7.A 2.1.9.C 2.1.13.A 2.1.15.A 2.1.16.A 2.1.17.E
    2.1.22.A 2.1.23.A 2.2.2.C 2.2.3.A 2.2.13.A 2.2.22.A 2.2.23.A 2.3.1.A 2.3.2.A 2.3.3.A 2.3.3.E 2.3.4.A 2.3.5.A
    2.3.6.A 2.3.8.A 2.3.9 2.3.10.A 2.3.11.A 2.3.18 2.3.19 3.1.1 3.1.2.A 3.1.3.A 3.1.3.F 3.1.4.A 3.1.4.F 3.1.5.A
    3.2.1.A 3.2.4.A 3.2.6.A 3.2.7.A 4.1.1.C 4.1.2 4.1.3 4.1.5 4.1.6.A 4.1.7.B 4.1.8 4.1.10 5.1.1 5.1.2.A 5.1.3.C
    5.1.6 5.1.7 rfc6724.5.2.C rfc7217.5.A"

# Reset the device to the defaults of a host, independent of the distribution, with the addresses of RFC 7217 and
# RFC 8064. Forget everything that routers advertised.
restart()
{
    ip link set device down
    for setting in forwarding=0 accept_ra=1 autoconf=1 accept_redirects=1 accept_dad=1 dad_transmits=1 \
        stable_secret=2001:db8:4e:4e:4e:4e:4e:4e addr_gen_mode=2 use_tempaddr=0 hop_limit=64 accept_ra_rtr_pref=1 \
        accept_ra_rt_info_max_plen=128 router_solicitations=-1; do
        file=/proc/sys/net/ipv6/conf/device/${setting%=*}
        [ ! -e "$file" ] || echo "${setting#*=}" >"$file" || return 1
    done
    echo 30000 >/proc/sys/net/ipv6/neigh/device/base_reachable_time_ms
    echo 1000 >/proc/sys/net/ipv6/neigh/device/retrans_time_ms
    echo 0 >/proc/sys/net/ipv6/icmp/ratelimit # cases need more than one error per second
    ip link set device up
}

inside()
{
    setpriv --pdeathsig KILL unshare -n sleep infinity &
    kernel=$!
    trap 'kill $kernel' EXIT
    trap 'exit 1' HUP INT TERM
    while [ "$(readlink "/proc/$kernel/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do
        sleep 0.01
    done
    ip link add tester type veth peer name device address "$mac" netns "$kernel" || return 1
    echo 1 >/proc/sys/net/ipv6/conf/tester/disable_ipv6
    ip link set tester up
    there="nsenter -t $kernel -n"
    program=$1
    shift
    # shellcheck disable=SC2016
    "$program" --interface tester --mac "$mac" --restart "$there sh $script --restart" \
        --ping "$there"' ping -6 -n -c 1 -W 2 -M want -s $SIZE -I device $DESTINATION' "$@"
}

# Set the option of unshare. End this script if no namespace can be made.
choose_option()
{
    option=-n
    [ "$(id -u)" -eq 0 ] || option=-Urn
    unshare $option true || { echo "unshare $option is not permitted: run this as root"; exit 77; }
    echo "against Linux $(uname -r)"
}

outside()
{
    choose_option
    exec unshare $option sh "$script" --inside "$@"
}

quick()
{
    choose_option
    echo "$quick_cases" | tr -s ' \n' '\n' | grep . |
        xargs -P "$at_once" -n 1 unshare $option sh "$script" --inside "$1"
}

case ${1:-} in
--restart) restart ;;
--inside)
    shift
    inside "$@"
    ;;
--quick) quick "${2:?PROGRAM is missing}" ;;
"")
    sed -n 's/^#     //p' "$script" >&2
    exit 2
    ;;
*) outside "$@" ;;
esac
