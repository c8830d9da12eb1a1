#!/bin/sh
# Runs conformance cases against the Linux kernel: sh tests/conformance/linux.sh PROGRAM [NUMBER...]
#
# PROGRAM is build/release/tests/conformance; the numbers are those that it takes. The kernel under test is that of a network
# namespace, at the other end of a veth pair; both end with this script. Needs root, or a machine on which users may make
# namespaces. Exits with the status of PROGRAM, or 77 if there can be no namespace. Runs beside others of its kind.
set -u
mac=02:00:00:00:00:4e
script=$0

# What a host is by default, whatever the distribution sets, with addresses as RFC 7217 and RFC 8064 say, and with nothing left of
# what routers said before.
restart()
{
    ip link set device down
    for setting in forwarding=0 accept_ra=1 autoconf=1 accept_redirects=1 accept_dad=1 dad_transmits=1 \
        stable_secret=2001:db8:4e:4e:4e:4e:4e:4e addr_gen_mode=2 use_tempaddr=0 hop_limit=64 accept_ra_rtr_pref=1 \
        accept_ra_rt_info_max_plen=128 router_solicitations=-1; do
        echo "${setting#*=}" >"/proc/sys/net/ipv6/conf/device/${setting%=*}" || return 1
    done
    echo 30000 >/proc/sys/net/ipv6/neigh/device/base_reachable_time_ms
    echo 1000 >/proc/sys/net/ipv6/neigh/device/retrans_time_ms
    echo 0 >/proc/sys/net/ipv6/icmp/ratelimit # cases ask for more errors than one a second
    ip link set device up
}

inside()
{
    unshare -n sleep infinity &
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

outside()
{
    way=-n
    [ "$(id -u)" -eq 0 ] || way=-Urn
    unshare $way true || { echo "unshare $way is not allowed here: run this as root"; exit 77; }
    echo "against Linux $(uname -r)"
    exec unshare $way sh "$script" --inside "$@"
}

case ${1:-} in
--restart) restart ;;
--inside)
    shift
    inside "$@"
    ;;
"")
    echo "usage: sh tests/conformance/linux.sh PROGRAM [NUMBER...]" >&2
    exit 2
    ;;
*) outside "$@" ;;
esac
