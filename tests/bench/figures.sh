#!/bin/sh
# Measure throughput and latency of the examples over the offered load, and draw them. README.md describes it.
#
#   sh tests/bench/figures.sh                      measure and draw everything: half an hour, as root
#   sh tests/bench/figures.sh draw                 draw alone, from figures/*.txt
#   sh tests/bench/figures.sh load|ccdf|no-drop    measure one file alone
#   sh tests/bench/figures.sh trial SUBJECT RATE [OPTION...]   print one row of latency.c
#
# A line of load.txt is: subject, round, a row of latency.c. Of ccdf.txt: subject, load, latency, share that took
# longer. Of no-drop.txt: subject, size, frames a second without a loss, and what limits them: the subject or the
# generator.
# shellcheck disable=SC2086
set -eu
export LC_ALL=C

bench=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bench/../.." && pwd)
build=$root/build/bench
data=$bench/figures
examples=$root/build/release/examples
latency=$build/latency

# What is measured. The floor is a bare veth pair, whose other end receives. Add a function that needs no configuration
# here, and to draw().
subjects=${SUBJECTS:-"floor noop noop-tap testpmd-1 testpmd-32 mac_write mac_lookup policer bridge echo echo-tap"}
rounds=${ROUNDS:-3}
thousands="1 10 50 100 200 300 400 500 600 700 800 900 1000 1100 1200 2000" # frames a second
sizes=${SIZES:-"78 128 256 512 1024 1280 1518"} # with FCS (RFC 5180, 5.1.1); 64 bytes have no space for UDP and a time
flows=60000
steps=7         # of the binary search
tries=3         # trials, one of which must be without a loss
rate_max=2000000
subject_core=1
tool_core=0
mac=02:00:00:00:00:02

fail() {
    echo "figures: $1" >&2
    exit "${2:-1}"
}

# -- Subjects ----------------------------------------------------------------------------------------------------------

# silence NAME...: bring interfaces up on which the kernel sends nothing.
silence() {
    for name in "$@"; do
        echo 1 >"/proc/sys/net/ipv6/conf/$name/disable_ipv6"
        ip link set "$name" up
    done
}

add_veth() {
    ip link add name "near$1" type veth peer name "far$1"
    silence "near$1" "far$1"
}

add_tap() {
    ip tuntap add dev "tap$1" mode tap
    silence "tap$1"
}

# wait_for TEXT: wait until the subject has printed this.
wait_for() {
    tries_left=300
    until grep -q "$1" "$build/subject.log"; do
        tries_left=$((tries_left - 1))
        if [ $tries_left -eq 0 ] || ! kill -0 "$pid" 2>/dev/null; then
            cat "$build/subject.log" >&2
            fail "$subject did not start"
        fi
        sleep 0.1
    done
}

# run TEXT COMMAND...: run a subject on its core, and wait until it has printed the text.
run() {
    ready=$1
    shift
    taskset -c $subject_core "$@" <&3 >"$build/subject.log" 2>&1 &
    pid=$!
    wait_for "$ready"
}

# start NAME: start a subject. Set ends, the options of latency.c.
start() {
    subject=$1
    pid=
    add_veth 1
    add_veth 2
    ends="--out far1 --in far2 --announce --flows $flows"
    case $subject in
    floor) ends="--out far1 --in near1 --flows $flows" ;;
    testpmd-*)
        run "ports=2 - cores=1" stdbuf -oL dpdk-testpmd --no-huge -m 1024 --no-pci --no-telemetry --no-shconf \
            --file-prefix="figures$$" --lcores="0@$subject_core,1@$subject_core" --vdev net_af_xdp0,iface=near1 \
            --vdev net_af_xdp1,iface=near2 -- --forward-mode=io --burst="${subject#testpmd-}" --nb-cores=1 \
            --total-num-mbufs=16384 --auto-start --no-lsc-interrupt --no-rmv-interrupt
        ;;
    echo)
        ends="--out far1 --to $mac"
        run "listening on" "$examples/echo" --xdp near1 --mac $mac --no-slaac --no-secret --address 2001:db8::2/64
        ;;
    echo-tap)
        add_tap 1
        ends="--out tap1 --to $mac"
        run "listening on" "$examples/echo" --tap tap1 --mac $mac --no-slaac --no-secret --address 2001:db8::2/64
        ;;
    noop-tap)
        add_tap 1
        add_tap 2
        ends="--out tap1 --in tap2 --flows $flows"
        run ": running" "$examples/nf_noop_1" --tap tap1 --tap tap2
        ;;
    *) run ": running" "$examples/nf_${subject}_1" --xdp near1 --xdp near2 ;;
    esac
}

stop() {
    if [ -n "$pid" ]; then
        kill "$pid"
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
    for name in near1 near2 tap1 tap2; do
        ip link delete "$name" 2>/dev/null || true
    done
}

# trial OPTION...: print a row of latency.c. It and the subject have a core each, with real-time priority: what else the
# machine does must wait, for less than the kernel allows (0.95 s). Then it gets a turn.
trial() {
    [ -z "$pid" ] || chrt -a -f -p 1 "$pid"
    row=$(taskset -c $tool_core chrt -f 1 "$latency" $ends --warmup 100 --time 500 --cooldown 20 --wait 80 "$@" |
        grep -v '^#') || true
    [ -z "$pid" ] || chrt -a -o -p 0 "$pid"
    sleep 0.4
    [ -n "$row" ] || fail "$subject: no result of latency $ends $*"
    echo "$row"
}

# -- Measurements ------------------------------------------------------------------------------------------------------

measure_load() {
    for round in $(seq "$rounds"); do
        for subject in $subjects; do
            start "$subject"
            for rate in $thousands; do
                echo "$subject $round $(trial --rate "${rate}000")"
            done
            stop
        done
    done
}

# Little load, and much, which all subjects but some bear.
measure_ccdf() {
    for subject in $subjects; do
        start "$subject"
        for rate in 1000 300000; do
            best=
            for round in $(seq "$rounds"); do
                row=$(trial --rate "$rate" --ccdf "$build/ccdf-$round")
                best="$best$(echo "$row" | awk '$11 != "nan" { print $11 }') $round
"
            done
            chosen=$(echo "$best" | sort -g | awk 'NF == 2 { print $2; exit }') # of the lowest 99th percentile
            awk -v name="$subject $rate" '!/^#/ && ($1 > 1.03 * last || $2 == 0) { print name, $1, $2; last = $1 }' \
                "$build/ccdf-$chosen" # fewer points than buckets
        done
        stop
    done
}

# passes RATE SIZE: set sent, and return true if one of the tries has no loss.
passes() {
    for _ in $(seq $tries); do
        row=$(trial --rate "$1" --size "$2")
        sent=$(echo "$row" | awk '{ print int($3) }')
        [ "$(echo "$row" | awk '{ print $12 + $17 }')" -gt 0 ] || return 0
    done
    return 1
}

# The no-drop rate (RFC 2544, 26.1) by binary search.
measure_no_drop() {
    for subject in $subjects; do
        start "$subject"
        for size in $sizes; do
            low=0
            high=$rate_max
            limit=subject
            rate=$rate_max
            for _ in $(seq $steps); do
                if passes $rate "$size"; then
                    low=$sent
                    if [ "$sent" -lt $((rate * 49 / 50)) ]; then
                        limit=generator
                        break
                    fi
                else
                    high=$rate
                fi
                rate=$(((low + high) / 2))
            done
            echo "$subject $size $low $limit"
        done
        stop
    done
}

describe_machine() {
    printf '%s, %s cores of a shared virtual machine; Linux %s; ' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1 | tr -s ' ')" "$(nproc)" \
        "$(uname -r | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')"
    printf 'gcc %s -O3; DPDK %s\n' "$(gcc -dumpfullversion)" "$(dpkg-query -W -f '${Version}' dpdk | sed 's/[-~+].*//')"
}

# measure NAME: write a file.
measure() {
    "measure_$(echo "$1" | tr - _)" >"$build/$1"
    mv "$build/$1" "$data/$1.txt"
    describe_machine >"$data/machine.txt"
}

# -- Pictures ----------------------------------------------------------------------------------------------------------

# Print for each subject and rate: both, and the best of the rounds of received, median and 99th percentile. What else
# the machine does only makes them worse.
summarize() {
    awk '
        { key = $1 " " $3
          if (!(key in received)) { order[++count] = key; received[key] = median[key] = last[key] = -1 }
          if ($4 + 0 > received[key]) { received[key] = $4; sent[key] = $5 }
          if ($11 != "nan" && (median[key] < 0 || $11 + 0 < median[key])) median[key] = $11
          if ($13 != "nan" && (last[key] < 0 || $13 + 0 < last[key])) last[key] = $13 }
        END {
            for (i = 1; i <= count; i++) {
                split(order[i], part, " ")
                print part[1], sent[order[i]], received[order[i]], median[order[i]], last[order[i]]
            }
        }' "$data/load.txt"
}

# Draw two pictures of each kind, of the functions and of the drivers. Every series has a point type and a dash type of
# its own, so that black and white is enough.
draw() {
    summarize >"$build/summary"
    gnuplot <<END
set encoding utf8
machine = "$(cat "$data/machine.txt")"
functions = "floor noop mac_write mac_lookup policer bridge echo"
drivers = "floor noop noop-tap testpmd-1 testpmd-32 echo echo-tap"
known = "floor noop mac_write mac_lookup policer bridge echo noop-tap echo-tap testpmd-1 testpmd-32"
titles = "'bare veth pair' 'no-op' 'MAC write' 'MAC look-up' 'policer' 'bridge' 'echo' " . \
         "'no-op, TAP' 'echo, TAP' 'testpmd, burst 1' 'testpmd, burst 32'"
colors = "#888888 #000000 #0072b2 #56b4e9 #d55e00 #009e73 #cc79a7 #0072b2 #d55e00 #009e73 #b07000"
points = "2 7 4 5 8 13 10 6 12 11 1"
dashes = "3 1 2 5 4 6 1 2 2 4 5"
index_of(name) = sum [i=1:words(known)] (word(known, i) eq name ? i : 0)
is_xdp(name) = name eq "noop" || name eq "echo"
title_of(name) = word(titles, index_of(name)) . (group eq "drivers" && is_xdp(name) ? ", AF_XDP" : "")
color_of(name) = word(colors, index_of(name))
point_of(name) = int(word(points, index_of(name)))
dash_of(name) = int(word(dashes, index_of(name)))
load(name) = sprintf("< awk '\$1 == \"%s\"' $build/summary", name)
ccdf(name, rate) = sprintf("< awk '\$1 == \"%s\" && \$2 == %d' $data/ccdf.txt", name, rate)
drop(name, limit) = sprintf("< awk '\$1 == \"%s\" && \$4 ~ /%s/' $data/no-drop.txt", name, limit)
file(name) = "$data/" . name . (group eq "drivers" ? "-drivers.svg" : ".svg")
what(text) = text . (group eq "drivers" ? ": no-op and echo by driver" : ": functions on AF_XDP")
set grid linecolor rgb "#dddddd" linetype 1
set key outside right top samplen 4 spacing 1.2
set label 1 machine at screen 0.5,screen 0 offset 0,0.8 center font ",10"
style = "with linespoints linewidth 1.5 pointsize 0.8 pointinterval every linecolor rgb color_of(name) " . \
        "pointtype point_of(name) dashtype dash_of(name) title title_of(name)"
every = 1
set macros
do for [group in "functions drivers"] {
    names = value(group)
    every = 1

    set terminal svg noenhanced size 900,480 dynamic font "sans-serif,13" background "white"
    set output file("throughput")
    set bmargin 5
    set title what("Throughput over offered load")
    set xlabel "offered load, thousands of frames a second (frames of 78 bytes)"
    set ylabel "received, thousands a second"
    set xrange [0:1600]
    set yrange [0:1600]
    plot x with lines linecolor rgb "#bbbbbb" title "all received", \
         for [name in names] load(name) using (\$2/1000):(\$3/1000) @style

    set terminal svg noenhanced size 900,860 dynamic font "sans-serif,13" background "white"
    set output file("latency")
    set multiplot layout 2,1
    set ylabel "latency, microseconds"
    set logscale y
    set xrange [0:1600]
    set yrange [0.3:5000]
    do for [column=4:5] {
        set title what(column == 4 ? "Median of the latency" : "99th percentile of the latency")
        plot for [name in names] load(name) using (\$2/1000):column @style
    }
    unset multiplot

    set terminal svg noenhanced size 900,860 dynamic font "sans-serif,13" background "white"
    set output file("ccdf")
    set multiplot layout 2,1
    set logscale xy
    set xlabel "latency, microseconds (frames of 78 bytes)"
    set ylabel "share of frames that took longer"
    set format y "%g"
    set xrange [0.3:300]
    every = -10
    do for [rate in "1000 300000"] {
        set yrange [(rate eq "1000" ? 0.002 : 0.00002):1.2]
        set title what(sprintf("%s frames a second", rate eq "1000" ? "1,000" : "300,000"))
        plot for [name in names] ccdf(name, int(rate)) using 3:4 @style
    }
    unset multiplot
    every = 1
    unset logscale
    set format y "%g"

    set terminal svg noenhanced size 900,480 dynamic font "sans-serif,13" background "white"
    set output file("no-drop")
    set title what("No-drop rate over the size of frames") . "; circled: the generator sends no more"
    set xlabel "size of the frames with FCS, bytes"
    set ylabel "no-drop rate, thousands a second"
    set xrange [50:1550]
    set yrange [0:1600]
    set xtics ("78 " 78, "    128" 128, 256, 512, 1024, 1280, 1518)
    plot for [name in names] drop(name, ".") using 2:(\$3/1000) @style, \
         for [name in names] drop(name, "generator") using 2:(\$3/1000) with points pointtype 6 pointsize 1.7 \
             linecolor rgb color_of(name) notitle
    set xtics autofreq
}
END
}

# -- The command -------------------------------------------------------------------------------------------------------

build_all() {
    for tool in chrt:util-linux taskset:util-linux ip:iproute2 dpdk-testpmd:dpdk-dev gcc:gcc; do
        command -v "${tool%:*}" >/dev/null 2>&1 || fail "${tool%:*} is missing: apt-get install ${tool#*:}" 77
    done
    gcc -std=c11 -O2 -Wall -Wextra -Werror -o "$latency" "$bench/latency.c" -lm
    targets=$(echo "$subjects" | tr ' ' '\n' | sed -n '/floor\|testpmd\|-tap/d; s/^echo$/&/p; /^echo$/!s/.*/nf_&_1/p')
    (cd "$root" && cmake --preset release && cmake --build --preset release --target echo nf_noop_1 $targets) \
        >"$build/build.log" 2>&1 ||
        fail "the examples cannot be built: see $build/build.log"
}

mkdir -p "$build"
command -v gnuplot >/dev/null 2>&1 || fail "gnuplot is missing: sh tests/packages.sh test" 77
case ${1:-} in
draw) draw ;;
'' | load | ccdf | no-drop | trial)
    build_all
    unshare -n true 2>/dev/null || fail "network namespaces are not allowed: run it as root" 77
    [ "$(nproc)" -ge 2 ] || fail "two cores are needed" 77
    exec unshare -n sh "$0" --inside "$@"
    ;;
--inside)
    shift
    rm -f "$build/stdin"
    mkfifo "$build/stdin"
    exec 3<>"$build/stdin" # testpmd runs until its input ends
    trap '[ -z "${pid:-}" ] || kill -9 "$pid" 2>/dev/null' EXIT
    trap 'exit 1' HUP INT TERM
    case ${1:-} in
    trial)
        [ $# -ge 3 ] || fail "usage: figures.sh trial SUBJECT RATE [OPTION...]" 2
        start "$2"
        rate=$3
        shift 3
        trial --rate "$rate" "$@"
        stop
        ;;
    '')
        for file in load ccdf no-drop; do
            measure $file
        done
        draw
        ;;
    *) measure "$1" ;;
    esac
    ;;
*) fail "usage: figures.sh [draw | load | ccdf | no-drop | trial SUBJECT RATE [OPTION...]]" 2 ;;
esac
