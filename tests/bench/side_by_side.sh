#!/bin/sh
# Measure forwarders and responders of Linux side by side: the kernel, DPDK's testpmd, lwIP, and the examples.
#
#   sh tests/bench/side_by_side.sh             print the tables of README.md: five to ten minutes
#   sh tests/bench/side_by_side.sh --quick     a few subjects in a minute, and exit with 1 if a wide limit is exceeded
#
# Further arguments are those of side_by_side.py, which has the method. Exit status 77 if something is missing.
# All runs in namespaces of its own, which end with this process, however it ends.
set -eu
cd "$(dirname "$0")/../.."
build=build/bench
programs=build/release/examples

lack() {
    echo "side_by_side: $1" >&2
    exit 77
}

# need COMMAND PACKAGE
need() {
    command -v "$1" >/dev/null || lack "$1 is missing: apt-get install $2"
}

need_all() {
    [ "$(id -u)" -eq 0 ] || lack "run it as root: it makes network namespaces, and programs for AF_XDP"
    [ "$(nproc)" -ge 2 ] || lack "one core is too few: the load and what it measures need one each"
    need gcc build-essential
    need cmake cmake
    need python3 python3
    need ip iproute2
    need nft nftables
    need dpdk-testpmd dpdk-dev
    need taskset util-linux
    [ -e /usr/include/lwip/lwip/init.h ] || lack "lwip/init.h is missing: apt-get install liblwip-dev"
    [ -e /dev/net/tun ] || lack "/dev/net/tun is missing: modprobe tun"
    unshare --net true || lack "network namespaces are not allowed here"
}

build_all() {
    mkdir -p "$build"
    gcc -std=c11 -O2 -Wall -Wextra -Werror -o "$build/generator" tests/bench/generator.c
    gcc -std=c11 -O2 -Wall -Wextra -Werror -isystem /usr/include/lwip -o "$build/lwip_tap" tests/bench/lwip_tap.c -llwip
    cmake --preset release >"$build/cmake.log" 2>&1 &&
        cmake --build --preset release --target echo nf_noop_1 nf_mac_write_1 nf_bridge_1 nf_policer_1 \
            >>"$build/cmake.log" 2>&1 || { cat "$build/cmake.log" >&2; exit 1; }
}

# Run in namespaces. Each process below is killed when its parent ends.
run() {
    PYTHONPATH=tests/system PYTHONDONTWRITEBYTECODE=1 setpriv --pdeathsig KILL \
        unshare --net --mount --pid --fork --kill-child --mount-proc \
        python3 tests/bench/side_by_side.py "$build" "$programs" "$@" &
    trap 'kill -KILL $!; exit 1' HUP INT TERM
    wait $!
}

need_all
build_all
run "$@"
