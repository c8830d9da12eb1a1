#!/bin/sh
# Measure what an answered Echo Request costs with 1 to 1,000,000 peers in turn, and draw it. README.md describes it.
#
#   sh tests/bench/peers.sh                              measure the library and lwIP: peers.txt; draw peers.svg
#   sh tests/bench/peers.sh draw                         draw alone
#   sh tests/bench/peers.sh series NAME TREE [FLAG...]   measure another tree of the library: print its lines
#
# A line is: series, on-link or off-link, peers, instructions per request, nanoseconds, solicitations per request,
# answers per request.
# shellcheck disable=SC1091,SC2034,SC2086,SC2154
set -eu
export LC_ALL=C

bench=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bench/../.." && pwd)
build=$root/build/bench
CC=${CC:-gcc}
lwip_source=$(find "$root/build/lwip" -mindepth 1 -maxdepth 1 -type d -name 'lwip-*' 2>/dev/null | sort | tail -n 1)
library_flags="-std=c11 -O3 -ffreestanding"
harness_flags="-std=c11 -O2"
lwip_flags="-std=gnu11 -O3 -flto"

fail() {
    echo "peers: $1" >&2
    exit "${2:-1}"
}

. "$bench/scale.sh"

counts="1 2 4 8 16 32 33 48 64 96 128 129 192 256 512 1000 2000 4096 8192 16384 32768 65536 70000 100000 200000 500000
1000000"

# series NAME TOGGLES: print the lines of a built subject.
series() {
    for work in on-link off-link; do
        for peers in $counts; do
            sample=$((peers < 1000 ? 1000 : peers > 100000 ? 20000 : peers))
            count_scale "$1" "$2" "$work" "$peers" "$sample"
            time_scale "$1" "$work" "$peers" "$sample"
            echo "$1 $work $peers $each $nanoseconds $(awk -v s="$solicitations" -v a="$answers" -v n="$sample" \
                'BEGIN { printf "%.2f %.2f", s / n, a / n }')"
        done
    done
}

# A hollow point: neighbors were solicited again and again.
draw() {
    cat "$bench/peers.txt" "$bench/peers-before.txt" >"$build/peers"
    gnuplot <<END
set terminal svg size 900,760 dynamic font "sans-serif,13" background "white"
set output "$bench/peers.svg"
set multiplot layout 2,1
set logscale xy
set format x "%.0s%c"
set grid
set xlabel "peers that send an Echo Request in turn"
set ylabel "instructions per request"
set xrange [0.8:1.3e6]
set yrange [150:60000]
set key outside right top
names = "v6nf-65536 before-full before-default lwip-127 lwip-10"
titles = "'libv6nf, 65,536 neighbors' 'before, full preset (128)' 'before, default (32)' " . \
         "'lwIP, 127 neighbors' 'lwIP, default (10)'"
colors = "#0072b2 #e69f00 #d55e00 #009e73 #999999"
file(name, work) = sprintf("< awk '\$1 == \"%s\" && \$2 == \"%s\"' $build/peers", name, work)
do for [work in "on-link off-link"] {
    set title work eq "on-link" ? "Neighbors on the link" : "Behind one router"
    plot for [i=1:words(names)] file(word(names, i), work) using 3:4 with lines linewidth 2 \
             linecolor rgb word(colors, i) title word(titles, i), \
         for [i=1:words(names)] file(word(names, i), work) using 3:(\$6 < 0.005 ? \$4 : NaN) with points \
             pointtype 7 pointsize 0.5 linecolor rgb word(colors, i) notitle, \
         for [i=1:words(names)] file(word(names, i), work) using 3:(\$6 >= 0.005 ? \$4 : NaN) with points \
             pointtype 6 pointsize 0.7 linecolor rgb word(colors, i) notitle
}
END
}

measure() {
    [ -n "$lwip_source" ] || fail "the source of lwIP is missing: fetch it with sh tests/packages.sh lwip" 77
    build_scale v6nf-65536 "$root" -DV6NF_NEIGHBORS=65536u -DV6NF_DESTINATIONS=65536u
    build_scale_lwip lwip-127 -DLWIP_ND6_NUM_NEIGHBORS=127 -DLWIP_ND6_NUM_DESTINATIONS=1
    build_scale_lwip lwip-10
    series v6nf-65536 v6nf_node_input >"$build/peers-measured"
    for name in lwip-127 lwip-10; do
        series "$name" ethernet_input,bench_link_output >>"$build/peers-measured"
    done
    mv "$build/peers-measured" "$bench/peers.txt"
}

mkdir -p "$build"
for tool in valgrind gnuplot; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is missing: sh tests/packages.sh test" 77
done
case ${1:-} in
'')
    measure
    draw
    ;;
draw) draw ;;
series)
    [ $# -ge 3 ] || fail "usage: peers.sh series NAME TREE [FLAG...]" 2
    name=$2
    tree=$3
    shift 3
    build_scale "$name" "$tree" "$@"
    series "$name" v6nf_node_input
    ;;
*) fail "usage: peers.sh [draw | series NAME TREE [FLAG...]]" 2 ;;
esac
