#!/bin/sh
# Measure the budgets of the library, and lwIP on the same work. README.md describes the method.
#
#   sh tests/bench/run.sh [--check] [--json]
#
# Exit status: 0 if everything was measured, 1 if a step failed or, with --check, a budget is exceeded, 77 if a tool or
# lwIP is missing, 2 for a wrong argument.
# shellcheck disable=SC1091,SC2086,SC2154
set -eu
export LC_ALL=C

bench=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$bench/../.." && pwd)
build=$root/build/bench
rows=$build/rows
CC=${CC:-gcc}
ARM=arm-none-eabi
# Debian's lwIP, twice: its package, and its source (sh tests/packages.sh lwip), built as fast as it can be.
package_include=/usr/include/lwip
lwip_source=$(find "$root/build/lwip" -mindepth 1 -maxdepth 1 -type d -name 'lwip-*' 2>/dev/null | sort | tail -n 1)

# Lists of flags: not quoted where they are used.
library_flags="-std=c11 -O3 -ffreestanding"
harness_flags="-std=c11 -O2"
floor_flags="-std=c11 -O3 -falign-functions=64 -falign-loops=32"
lwip_flags="-std=gnu11 -O3 -flto"
arm_flags="-std=c11 -Os -mcpu=cortex-m4 -mthumb -ffreestanding -ffunction-sections -fdata-sections"

works="echo-56B udp-18B udp-1400B solicitation udp-1400B-recomputed"

check=no
json=no
for argument in "$@"; do
    case $argument in
    --check) check=yes ;;
    --json) json=yes ;;
    *)
        echo "usage: run.sh [--check] [--json]" >&2
        exit 2
        ;;
    esac
done

fail() {
    echo "bench: $1" >&2
    exit "${2:-1}"
}

. "$bench/scale.sh"
. "$bench/cores.sh"
. "$bench/lookup.sh"

# need TOOL PACKAGE
need() {
    command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: install it (Debian: apt-get install $2)" 77
}

# need_header HEADER PACKAGE
need_header() {
    echo "#include <$1>" | "$CC" -D_DEFAULT_SOURCE -isystem "$package_include" -E -o /dev/null - 2>/dev/null ||
        fail "<$1> is missing: install it (Debian: apt-get install $2)" 77
}

compile() {
    for source in $(cd "$root" && find src/wire src/node src/table -name '*.c' ! -name '*_valid.c' | sort); do
        object=$build/$(echo "${source%.c}" | tr / -).o
        "$CC" $library_flags -I"$root/include" -c -o "$object" "$root/$source"
    done
    for source in bench packets subject_v6nf; do
        "$CC" $harness_flags -I"$root/include" -c -o "$build/harness-$source.o" "$bench/$source.c"
    done
    "$CC" $floor_flags -I"$root/include" -c -o "$build/harness-subject_floor.o" "$bench/subject_floor.c"
    "$CC" $harness_flags -isystem "$package_include" -o "$build/bench-package" "$bench/subject_lwip.c" \
        "$build"/harness-*.o "$build"/src-*.o -llwip
    # The program is linked as a whole, as a firmware would be. Only lwIP has link-time optimization.
    for source in "$lwip_source"/src/core/*.c "$lwip_source"/src/core/ipv6/*.c "$lwip_source/src/netif/ethernet.c" \
        "$bench/subject_lwip.c"; do
        "$CC" $lwip_flags -isystem "$bench/lwip" -isystem "$lwip_source/src/include" -c \
            -o "$build/lwip-$(basename "${source%.c}").o" "$source"
    done
    "$CC" $lwip_flags -flto-partition=one -o "$build/bench-source" "$build"/lwip-*.o "$build"/harness-*.o \
        "$build"/src-*.o
}

# count PROGRAM SUBJECT OUTPUT FUNCTION...: count the instructions from entry into the first FUNCTION to its return,
# without those in the others (callgrind switches at each). Write a line "WORK INSTRUCTIONS" for each kind of work. Fail
# if two numbers of packets give different figures.
count() {
    program=$1
    subject=$2
    output=$3
    shift 3
    toggles=
    for function in "$@"; do
        toggles="$toggles --toggle-collect=$function"
    done
    rm -f "$output".callgrind*
    valgrind --tool=callgrind --quiet --collect-atstart=no $toggles --callgrind-out-file="$output.callgrind" \
        "$build/$program" count "$subject" || fail "counting $subject failed"
    awk '
        /^desc: Trigger: Client Request: / { work = $5; packets = $6 }
        /^desc: Trigger: Program termination/ { work = "" }
        /^summary: / && work != "" {
            each = sprintf("%.1f", $2 / packets)
            if (each == 0 || (work in found && found[work] != each)) {
                print "bench: " work ": " found[work] " or " each " instructions per packet" > "/dev/stderr"
                exit 1
            }
            found[work] = each
        }
        END { for (work in found) print work, found[work] }
    ' "$output".callgrind.* >"$output" || fail "instructions per packet of $subject are not steady"
}

# look_up FILE WORK [FIELD]
look_up() {
    awk -v work="$2" -v field="${3:-2}" '$1 == work { print $field; found = 1 } END { exit !found }' "$1" ||
        fail "no figure for $2 in $1"
}

# is_less A B
is_less() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'
}

row() {
    echo "$*" >>"$rows"
}

# budget NAME MEASURED LIMIT
budget() {
    case $2 in
    '' | *[!0-9.]*) fail "no figure for $1" ;;
    esac
    row budget "$1" "$2" "$3" "$(awk -v m="$2" -v l="$3" 'BEGIN { print (m <= l ? "ok" : "over") }')"
}

# compare WORK: instructions, against the better of the two builds of lwIP.
compare() {
    ours=$(look_up "$build/count-v6nf" "$1")
    package=$(look_up "$build/count-package" "$1")
    source=$(look_up "$build/count-source" "$1")
    better=$source
    if is_less "$package" "$source"; then
        better=$package
    fi
    row compare "node-$1" lwip "$better" ratio "$(awk -v o="$ours" -v t="$better" 'BEGIN { printf "%.3f", o / t }')"
    row info "lwip-source-$1" "$source"
    row info "lwip-package-$1" "$package"
    bare=$(look_up "$build/count-package-bare" "$1")
    row info "lwip-package-without-locks-and-malloc-$1" "$bare"
}

# compare_time WORK: nanoseconds, against the better of the two builds. Each ran in alternating rounds with the library.
compare_time() {
    package=$(look_up "$build/time-package" "$1" 5)
    source=$(look_up "$build/time-source" "$1" 5)
    better=source
    if is_less "$package" "$source"; then
        better=package
    fi
    row compare-ns "node-$1" "$(grep "^$1 " "$build/time-$better" | cut -d ' ' -f 2-)"
    row info "lwip-source-$1-nanoseconds" "$source"
    row info "lwip-package-$1-nanoseconds" "$package"
}

measure_time() {
    for lwip in package source; do
        "$build/bench-$lwip" time >"$build/time-$lwip" || fail "timing failed"
    done
    for work in $works; do
        compare_time "$work"
    done
}

# floor NAME OURS FLOOR TARGET: nanoseconds. Machines are noisy: --check does not look at them.
floor() {
    row floor "$1" ours "$2" floor "$3" ratio "$(awk -v o="$2" -v f="$3" 'BEGIN { printf "%.3f", o / f }')" target "$4"
}

# floor_work WORK TARGET
floor_work() {
    ours=$(look_up "$build/time-floor" "$1" 3)
    least=$(look_up "$build/time-floor" "$1" 5)
    floor "node-$1" "$ours" "$least" "$2"
    instructions=$(look_up "$build/count-floor" "$1")
    row info "floor-$1" "$instructions"
}

# The floor of the checksum is the best of the loops that go once through the data, from its first byte to its last.
measure_floor() {
    count bench-source floor "$build/count-floor" bench_floor_respond
    "$build/bench-source" floor >"$build/time-floor" || fail "timing the floor failed"
    floor_work echo-56B 1.3
    floor_work udp-18B 1.1
    floor_work udp-1400B 1.15
    floor_work solicitation 1.2
    least=$(awk '/^sum-(words|halves|uppers) / { print $2 }' "$build/time-floor" | sort -n | head -n 1)
    ours=$(look_up "$build/time-floor" sum-library)
    floor checksum-1400B "$ours" "$least" 1.1
    for loop in words halves uppers quarters; do
        row info "floor-checksum-1400B-$loop-nanoseconds" "$(look_up "$build/time-floor" "sum-$loop")"
    done
}

# scale_budget NAME BUILD FUNCTION WORK PEERS SAMPLE LIMIT: every request must be answered, and no neighbor of a table
# that has an entry for each is solicited again.
scale_budget() {
    count_scale "$2" "$3" "$4" "$5" "$6"
    budget "scale-$1" "$each" "$7"
    case $4 in
    on-link | off-link)
        budget "scale-$1-solicitations" "$solicitations" 0
        [ "$answers" -eq "$6" ] || fail "$answers of $6 requests were answered in $1"
        ;;
    esac
}

measure_scale() {
    build_scale 4096 "$root" -DV6NF_NEIGHBORS=4096u -DV6NF_DESTINATIONS=4096u
    build_scale 65536 "$root" -DV6NF_NEIGHBORS=65536u -DV6NF_DESTINATIONS=65536u
    scale_budget on-link-1000 4096 v6nf_node_input on-link 1000 10000 290
    scale_budget on-link-65536 65536 v6nf_node_input on-link 65536 65536 310
    scale_budget off-link-1000000 65536 v6nf_node_input off-link 1000000 20000 420
    scale_budget flood-65536 65536 v6nf_node_input flood 65536 20000 700
    scale_budget tick-65536 65536 v6nf_node_tick tick 65536 1000 60
    for name in on-link-65536 off-link-1000000; do
        time_scale 65536 "${name%-*}" "${name##*-}" 100000
        row info "scale-$name-nanoseconds" "$nanoseconds"
    done
    "$CC" $harness_flags -I"$root/include" -DV6NF_NEIGHBORS=65536u -DSCALE_SUBJECT=subject_v6nf \
        -c -o "$build/scale-size.o" "$bench/subject_v6nf.c"
    size=$(nm -S -t d "$build/scale-size.o" | awk '$4 == "node" { print $2 + 0 }')
    budget scale-size-65536 "$size" 8388608
}

describe_lwip() {
    for lwip in package source; do
        "$build/bench-$lwip" describe | sed "s/^/info lwip-$lwip-/" >>"$rows"
    done
    row info lwip-package-library "$(ldd "$build/bench-package" | awk '$1 ~ /^liblwip/ { print $3 }')"
    row info lwip-source-flags "$lwip_flags"
}

# node_budget WORK LIMIT
node_budget() {
    measured=$(look_up "$build/count-v6nf" "$1")
    budget "node-$1" "$measured" "$2"
}

count_instructions() {
    count bench-source v6nf "$build/count-v6nf" v6nf_node_input
    count bench-source lwip "$build/count-source" ethernet_input bench_link_output
    count bench-package lwip "$build/count-package" ethernet_input bench_link_output
    count bench-package lwip "$build/count-package-bare" ethernet_input bench_link_output sys_arch_protect \
        sys_arch_unprotect sys_check_core_locking malloc free
    node_budget echo-56B 250
    node_budget udp-18B 290
    node_budget udp-1400B 700
    node_budget solicitation 350
    measured=$(look_up "$build/count-v6nf" udp-1400B-recomputed)
    row info node-udp-1400B-recomputed "$measured"
    for work in $works; do
        compare "$work"
    done
}

# compile_function NAME OUTPUTS SOURCE...: compile a network function on the ring, with cards in memory.
compile_function() {
    name=$1
    outputs=$2
    source=$3
    shift 3
    "$CC" $library_flags -I"$root/include" -DNF_OUTPUTS="$outputs"u -c -o "$build/function-$name.o" "$source"
    "$CC" $library_flags -I"$root/include" -c -o "$build/function-ring.o" "$root/drivers/ring/ring.c"
    "$CC" $library_flags -I"$root/include" -c -o "$build/function-watch.o" "$root/drivers/ring/watch.c"
    "$CC" $library_flags -I"$root/include" -c -o "$build/function-forward.o" "$root/drivers/forward/forward.c"
    parts=
    for part in virtio_ring/virtio_ring virtio/virtio virtio_transport/registers virtqueue/virtqueue \
        paravirtual/paravirtual; do
        parts="$parts $build/function-$(basename $part).o"
        "$CC" $library_flags -ffunction-sections -I"$root/include" -c \
            -o "$build/function-$(basename $part).o" "$root/drivers/$part.c"
    done
    "$CC" $harness_flags -I"$root/include" -DNF_OUTPUTS="$outputs"u -o "$build/ring-$name-$outputs" "$bench/ring.c" \
        "$bench/ring_bursts.c" "$root/tests/unit/driver/fixture_ring_device.c" \
        "$root/tests/unit/driver/fixture_device_memory.c" "$build/function-$name.o" \
        "$build/function-ring.o" "$build/function-watch.o" "$build/function-forward.o" $parts -Wl,--gc-sections "$@"
}

# compile_virtio NAME OUTPUTS: compile a network function on virtio devices in memory, whose registers are functions.
compile_virtio() {
    set -- "$1" "$2" "$library_flags -DV6NF_ENV_REGISTER_CALLS"
    objects=
    for source in "examples/nf/$1" drivers/virtio/virtio drivers/virtio/checksum drivers/virtio/device \
        drivers/virtio_ring/virtio_ring drivers/virtio_transport/registers drivers/virtio_transport/find_mmio \
        drivers/virtio_transport/find_pci drivers/virtqueue/virtqueue drivers/paravirtual/paravirtual \
        drivers/nic/nic drivers/nic/config drivers/pci/pci drivers/pci/sriov drivers/ring/ring drivers/ring/watch \
        drivers/forward/forward; do
        objects="$objects $build/virtio-$(basename "$source").o"
        "$CC" $3 -I"$root/include" -DNF_OUTPUTS="$2"u -c -o "$build/virtio-$(basename "$source").o" "$root/$source.c"
    done
    "$CC" $harness_flags -D_DEFAULT_SOURCE -DV6NF_ENV_REGISTER_CALLS -I"$root/include" -DNF_OUTPUTS="$2"u \
        -o "$build/ring-virtio-$1-$2" "$bench/virtio.c" "$bench/ring_bursts.c" "$bench/ring_frames.c" \
        "$root/tests/unit/driver/fixture_virtio_device.c" "$root/tests/unit/driver/fixture_device_memory.c" $objects
}

# count_function NAME OUTPUTS [PART]: set mean, median and highest (the 99th percentile), per packet, over bursts of 8.
# Set idle, the instructions of a poll that finds nothing. With PART, only those of that function, which the poll calls.
count_function() {
    output=$build/count-ring-$1-$2
    rm -f "$output".callgrind*
    # The marks for count_cache_lines() go to the log.
    valgrind --tool=callgrind --quiet --collect-atstart=no --toggle-collect="${3:-nf_poll}" --log-file="$output.log" \
        --callgrind-out-file="$output.callgrind" "$build/ring-$1-$2" || fail "counting $1 failed, see $output.log"
    awk '
        /^desc: Trigger: Client Request: / { kind = $5 }
        /^desc: Trigger: Program termination/ { kind = "" }
        /^summary: / && kind == "burst" { print "burst", $2 / 8 }
        /^summary: / && kind == "idle" { print "idle", $2 }
    ' "$output".callgrind.* | sort -k 1,1 -k 2,2n >"$output"
    rm -f "$output".callgrind*
    set -- $(awk '
        $1 == "idle" { idle = $2 }
        $1 == "burst" { each[++count] = $2; sum += $2 }
        END {
            if (count > 0) {
                median = each[int((count + 1) / 2)]
                printf "%.1f %.1f %.1f %d", sum / count, median, each[int(count * 0.99 + 0.999)], idle
            }
        }
    ' "$output")
    [ $# -eq 4 ] || fail "no figures in $output"
    mean=$1
    median=$2
    highest=$3
    idle=$4
}

# count_cache_lines NAME OUTPUTS: set lines, the number of 64-byte lines that a poll reads and writes, per packet. Lines
# of the stack count, too.
count_cache_lines() {
    lines=$(valgrind --tool=lackey --trace-mem=yes --log-fd=1 "$build/ring-$1-$2" | awk '
        / poll$/ { inside = 1; polls++; split("", seen) }
        / polled$/ { inside = 0 }
        inside && /^ [LSM] / {
            address = $2
            sub(/,.*/, "", address)
            end = length(address)
            line = substr(address, 1, end - 2) "." int(index("123456789abcdef", substr(address, end - 1, 1)) / 4)
            if (!(line in seen)) {
                seen[line] = 1
                touched++
            }
        }
        END { if (polls > 0) printf "%.1f", touched / polls / 8 }
    ')
    [ -n "$lines" ] || fail "no trace of $1"
}

# function_row NAME OUTPUTS LIMIT: report a function. LIMIT is - for none.
function_row() {
    count_function "$1" "$2"
    if [ "$3" = - ]; then
        row info "ring-$1-$2" "$mean"
    else
        budget "ring-$1-$2" "$mean" "$3"
    fi
    row info "ring-$1-$2-median" "$median"
    row info "ring-$1-$2-99th-percentile" "$highest"
    count_cache_lines "$1" "$2"
    row info "ring-$1-$2-cache-lines" "$lines"
}

count_functions() {
    for name in noop mac_write mac_lookup policer; do
        for outputs in 1 2; do
            compile_function "$name" "$outputs" "$root/examples/nf/$name.c" "$bench/ring_frames.c" \
                "$build/src-wire-ether.o" "$build"/src-table-*.o
        done
    done
    for source in nf/chain nf/firewall nf/firewall_connection nf/firewall_input nf/firewall_policy nf/firewall_table \
        nf/flow_key nf/icmpv6_error nf/maglev nf/mld_snooping nf/nptv6 text/parse; do
        "$CC" $library_flags -I"$root/include" -c -o "$build/block-$(basename $source).o" "$root/src/$source.c"
    done
    for outputs in 1 2; do
        compile_function bridge "$outputs" "$root/examples/nf/bridge.c" "$bench/ring_frames.c" \
            "$build/block-mld_snooping.o" "$build"/src-wire-*.o "$build"/src-table-*.o
    done
    "$CC" $library_flags -I"$root/include" -DNF_OUTPUTS=1u -c -o "$build/block-answer.o" "$root/examples/nf/answer.c"
    for name in nptv6 balancer firewall template; do
        compile_function "$name" 1 "$root/examples/nf/$name.c" "$bench/ring_flows.c" "$build"/block-*.o \
            "$build"/src-wire-*.o "$build"/src-table-*.o
    done
    for outputs in 1 2; do
        compile_virtio noop "$outputs"
    done
    compile_function echo 1 "$bench/ring_echo.c" "$bench/packets.c" "$build"/src-*.o
    compile_function udp 1 "$bench/ring_udp.c" -DBENCH_CHECKSUMS "$bench/packets.c" "$build"/src-*.o
    function_row noop 1 15
    row info ring-idle-poll-1 "$idle"
    function_row mac_write 1 20
    function_row noop 2 16
    row info ring-idle-poll-2 "$idle"
    function_row mac_write 2 21
    function_row virtio-noop 1 -
    function_row virtio-noop 2 -
    function_row mac_lookup 1 65
    function_row mac_lookup 2 70
    function_row policer 1 175
    function_row policer 2 180
    function_row bridge 1 180
    function_row bridge 2 220
    function_row template 1 155
    function_row nptv6 1 110
    function_row balancer 1 400
    function_row firewall 1 190
    function_row echo 1 -
    function_row udp 1 330
}

# Count a router on the ring, with few and with many routes.
count_routers() {
    for source in advertiser chain fib icmpv6_error redirect; do
        "$CC" $library_flags -I"$root/include" -c -o "$build/router-$source.o" "$root/src/nf/$source.c"
    done
    for source in addresses answer forward input router; do
        "$CC" $library_flags -I"$root/include" -c -o "$build/router-core-$source.o" "$root/src/router/$source.c"
    done
    plain_flags=$library_flags
    for routes in 64 230000; do
        library_flags="$plain_flags -D_DEFAULT_SOURCE -DBENCH_ROUTES=${routes}u"
        compile_function "router_$routes" 2 "$bench/ring_router.c" "$root/tests/unit/table/fixture_prefixes.c" \
            "$root/tests/unit/table/fixture_table.c" "$build"/router-*.o "$build"/src-*.o
        library_flags=$plain_flags
        count_function "router_$routes" 2 v6nf_router_handler
        budget "router-$routes" "$mean" 165
        count_function "router_$routes" 2
        budget "ring-router-$routes" "$mean" 215
    done
}

# count_dpdk MODE BURST FUNCTION...: set each, the instructions of a frame. FUNCTION: what counts, with MODE "layer".
count_dpdk() {
    output=$build/count-dpdk-$1-$2
    frames=$(($([ "$1" = whole ] && echo 400 || echo 600) * 2 * $2))
    mode=$1
    burst=$2
    shift 2
    toggles=
    for function in "$@"; do
        toggles="$toggles --toggle-collect=$function"
    done
    rm -f "$output"*
    valgrind --tool=callgrind --quiet --collect-atstart=no $toggles --log-file="$output.log" \
        --callgrind-out-file="$output" "$build/dpdk" "$mode" "$burst" -- --idle 1 >/dev/null ||
        fail "counting the policer of DPDK failed, see $output.log"
    each=$(awk -v frames="$frames" '/^(summary|totals): / { sum = $2 } END { printf "%.1f", sum / frames }' "$output")
}

# Count a program for DPDK on the layer of examples/dpdk, and the layer alone. Both may use a C library.
measure_dpdk() {
    objects=
    for source in examples/dpdk/layer examples/dpdk/policer drivers/ring/ring drivers/ring/watch; do
        objects="$objects $build/dpdk-$(basename "$source").o"
        "$CC" ${library_flags% -ffreestanding} -D_DEFAULT_SOURCE -I"$root/include" -I"$root/examples/dpdk" -c \
            -o "$build/dpdk-$(basename "$source").o" "$root/$source.c"
    done
    "$CC" $harness_flags -D_DEFAULT_SOURCE -I"$root/include" -I"$root/examples/dpdk" -o "$build/dpdk" "$bench/dpdk.c" \
        "$bench/ring_frames.c" "$root/examples/dpdk/capture.c" "$root/tests/unit/driver/fixture_ring_device.c" \
        "$root/tests/unit/driver/fixture_device_memory.c" $objects
    for burst in 8 32; do
        count_dpdk whole "$burst"
        row info "dpdk-policer-burst-$burst" "$each"
        count_dpdk layer "$burst" rte_eth_rx_burst rte_eth_tx_burst rte_pktmbuf_free
        row info "dpdk-layer-burst-$burst" "$each"
    done
}

# Count a look-up in a large hash map, of a key with two addresses and ports. Half of the keys are in the map.
measure_table() {
    output=$build/count-table
    "$CC" $library_flags -I"$root/include" -o "$build/table" "$bench/table.c" "$build"/src-table-*.o \
        "$build/src-wire-bytes.o"
    rm -f "$output"*
    valgrind --tool=callgrind --quiet --collect-atstart=no --toggle-collect=look_up --log-file="$output.log" \
        --callgrind-out-file="$output" "$build/table" 20000 || fail "counting a look-up failed, see $output.log"
    each=$(awk '/^(summary|totals): / { sum = $2 } END { printf "%.1f", sum / 20000 }' "$output")
    budget table-find-40B "$each" 110
}

# count_block FUNCTION BUDGET NAME [PART]: instructions of a building block of network functions, for one packet. With
# PART, only those of that function, which FUNCTION calls.
count_block() {
    output=$build/count-$3
    rm -f "$output"*
    valgrind --tool=callgrind --quiet --collect-atstart=no --toggle-collect="${4:-$1}" --log-file="$output.log" \
        --callgrind-out-file="$output" "$build/nf-blocks" "$1" 20000 || fail "counting $1 failed, see $output.log"
    each=$(awk '/^(summary|totals): / { sum = $2 } END { printf "%.1f", sum / 20000 }' "$output")
    budget "nf-$3" "$each" "$2"
}

measure_blocks() {
    for source in chain flow_key maglev nptv6 siit siit_error siit_map \
        firewall firewall_connection firewall_input firewall_policy \
        firewall_table; do
        "$CC" $library_flags -I"$root/include" -c -o "$build/nf-$source.o" "$root/src/nf/$source.c"
    done
    "$CC" $library_flags -I"$root/include" -o "$build/nf-blocks" "$bench/nf_blocks.c" "$build"/nf-*.o \
        "$build"/src-wire-*.o "$build"/src-table-*.o
    count_block read_chains 130 chain-udp
    count_block read_flows 200 chain-and-flow-key-udp
    count_block translate_datagrams 50 nptv6-udp v6nf_nptv6_outbound
    count_block translate_errors 260 nptv6-error v6nf_nptv6_outbound
    count_block translate_versions 675 siit-to-ipv4-udp v6nf_siit_to_ipv4
    count_block translate_versions 555 siit-to-ipv6-udp v6nf_siit_to_ipv6
    count_block find_backends 25 maglev-hash-and-find
    count_block pass_established 175 firewall-established
}

# count_vlan FUNCTION [device]: set each, the instructions of one frame with a VLAN tag, which the device removes and
# inserts.
count_vlan() {
    output=$build/count-vlan
    rm -f "$output"*
    valgrind --tool=callgrind --quiet --collect-atstart=no --toggle-collect="$1" --log-file="$output.log" \
        --callgrind-out-file="$output" "$build/vlan" "$1" 1000 ${2:+"$2"} || fail "counting $1 failed, see $output.log"
    each=$(awk '/^(summary|totals): / { sum = $2 } END { printf "%.1f", sum / 1000 }' "$output")
}

# Count what a VLAN tag costs, and a VLAN port as a whole: the trunk's handler and that of the user, too.
measure_vlan() {
    "$CC" $library_flags -I"$root/include" -c -o "$build/vlan.o" "$root/drivers/vlan/vlan.c"
    "$CC" $harness_flags -I"$root/include" -o "$build/vlan" "$bench/vlan.c" "$build/vlan.o"
    count_vlan retag
    budget vlan-tag "$each" 12
    count_vlan v6nf_vlan_poll
    row info vlan-port "$each"
    count_vlan v6nf_vlan_poll device
    row info vlan-port-by-device "$each"
}

# count_lines FILE...: count the lines of C or assembly without comments and empty lines.
count_lines() {
    code=$(for file in "$@"; do
        "$CC" -fpreprocessed -dD -E -P "$file" 2>/dev/null || exit 1
    done) || fail "the compiler cannot read all of: $*"
    echo "$code" | grep -c '[^[:space:]]' || true
}

# count_code NAME FILE...: report lines, functions, and the highest complexity of a function.
count_code() {
    name=$1
    shift
    lines=$(count_lines "$@")
    row info "code-$name-lines" "$lines"
    row info "code-$name-functions" "$(pmccabe "$@" | wc -l)"
    row info "code-$name-highest-complexity" "$(pmccabe "$@" | sort -n | awk 'END { print $1 }')"
}

# count_paths NAME FUNCTION OUTPUTS SOURCE: report the paths through a function with at most one packet. Use -O2,
# because gcc duplicates some paths with -O3.
count_paths() {
    rm -f "$build"/paths-*
    "$CC" -std=c11 -O2 -ffreestanding -I"$root/include" -DNF_OUTPUTS="$3"u -DV6NF_RING_BURST=1u \
        -fdump-tree-optimized-graph -dumpdir "$build/paths-" -c -o "$build/paths.o" "$4" || fail "no graph of $2"
    row info "code-$1-paths" "$(python3 "$bench/paths.py" "$2" "$build"/paths-*.dot)"
}

count_all_code() {
    count_code ring "$root/include/v6nf/driver/ring.h" "$root/drivers/ring/ring.c"
    count_paths ring-poll-1 poll_one 1 "$bench/paths.c"
    count_paths ring-poll-2 poll_one 2 "$bench/paths.c"
    count_paths ring-recycle v6nf_ring_recycle 1 "$root/drivers/ring/ring.c"
    count_paths ring-mark v6nf_ring_mark 1 "$root/drivers/ring/ring.c"
    count_paths originate-reserve v6nf_originate_reserve 1 "$root/drivers/ring/ring.c"
    count_paths originate-commit v6nf_originate_commit 1 "$root/drivers/ring/ring.c"
    for folder in "$root"/drivers/*/ "$root"/drivers/intel/*/; do
        card=$(basename "$folder")
        case $card in
        pci | nic | ring | intel) continue ;;
        esac
        set --
        for file in "$folder"*.[ch]; do
            case $file in
            */vf.c | */pf.c | */sriov.h) ;;
            *) set -- "$@" "$file" ;;
            esac
        done
        count_code "$card" "$@" "$root/include/v6nf/driver/$card.h"
    done
    count_code virtual "$root"/drivers/intel/*/[vp]f.c "$root"/drivers/intel/*/sriov.h \
        "$root"/drivers/intel/[vp]f.[ch] \
        "$root"/drivers/intel/mailbox.[ch] "$root"/drivers/pci/sriov.[ch]
}

# A directory with a linker script is a board's. The code that boards share, and Linux, have no limit.
count_boards() {
    for script in "$root"/env/*/link.ld; do
        folder=$(dirname "$script")
        board=$(basename "$folder")
        budget "env-$board-c-lines" "$(count_lines "$folder"/*.[ch])" 300
        set -- "$folder"/*.S
        [ -e "$1" ] || shift
        budget "env-$board-asm-lines" "$(count_lines "$@")" 100
    done
    row info env-shared-c-lines "$(count_lines "$root"/env/shared/*.[ch])"
    row info env-linux-c-lines "$(count_lines "$root"/env/linux/*.[ch])"
}

# symbol_size OBJECT NAME
symbol_size() {
    "$ARM-nm" -S -t d "$1" | awk -v name="$2" '$4 == name { print $2 + 0; found = 1 } END { exit !found }' ||
        fail "no symbol $2 in $1"
}

# measure_size DIRECTORY FLAG...: compile for the small board. Set text, ram and frames, in bytes.
measure_size() {
    directory=$1
    shift
    mkdir -p "$directory"
    for source in $(cd "$root" && find src/wire src/node src/table -name '*.c' ! -name '*_valid.c' | sort); do
        object=$directory/$(echo "${source%.c}" | tr / -).o
        "$ARM-gcc" $arm_flags "$@" -I"$root/include" -isystem "$bench/freestanding" -c -o "$object" "$root/$source"
    done
    "$ARM-gcc" $arm_flags -fno-tree-loop-distribute-patterns "$@" -I"$root/include" -isystem "$bench/freestanding" -c \
        -o "$directory/size.o" "$bench/size.c"
    "$ARM-gcc" $arm_flags -nostdlib -Wl,--gc-sections -Wl,--entry=main -o "$directory/host" "$directory"/*.o -lgcc
    # Subtract the program itself and its memcpy and the like: all that size.o defines.
    own=$("$ARM-nm" --defined-only "$directory/size.o" | awk '$2 == "T" || $2 == "t" { print $3 }')
    text=$("$ARM-size" "$directory/host" | awk 'NR == 2 { print $1 }')
    text=$((text - $("$ARM-nm" -S -t d "$directory/host" | awk -v own="$own" '
        BEGIN { split(own, names); for (i in names) is_own[names[i]] = 1 }
        $4 in is_own { sum += $2 }
        END { print sum + 0 }')))
    static=$("$ARM-size" "$directory"/src-*.o |
        awk 'NR > 1 { sum += $2 + $3 } END { print sum }')
    node=$(symbol_size "$directory/size.o" size_of_node)
    ram=$((node + static))
    frames=$(symbol_size "$directory/size.o" size_of_packet_buffers)
}

measure_sizes() {
    measure_size "$build/arm-small" -DV6NF_PRESET_SMALL
    budget size-text "$text" 21504
    budget size-ram "$ram" 2304
    row info size-small-packet-buffers "$frames"
    measure_size "$build/arm-default"
    row info size-default-text "$text"
    row info size-default-ram "$ram"
    row info size-default-packet-buffers "$frames"
    measure_size "$build/arm-full" -DV6NF_PRESET_FULL
    row info size-full-text "$text"
    row info size-full-ram "$ram"
    row info size-full-packet-buffers "$frames"
}

print_json() {
    awk '
        function add(list, object) { return list (list == "" ? "" : ", ") object }
        $1 == "budget" {
            budgets = add(budgets, sprintf("{\"name\": \"%s\", \"measured\": %s, \"limit\": %s, \"ok\": %s}", $2, $3,
                                           $4, $5 == "ok" ? "true" : "false"))
        }
        $1 == "compare" {
            compare = add(compare, sprintf("{\"name\": \"%s\", \"lwip\": %s, \"ratio\": %s}", $2, $4, $6))
        }
        $1 == "compare-ns" {
            times = add(times, sprintf("{\"name\": \"%s\", \"ours\": %s, \"lwip\": %s, \"ratio\": %s}", $2, $4, $6,
                                       $8))
        }
        $1 == "floor" {
            floors = add(floors, sprintf("{\"name\": \"%s\", \"ours\": %s, \"floor\": %s, \"ratio\": %s, " \
                                         "\"target\": %s}", $2, $4, $6, $8, $10))
        }
        $1 == "info" {
            value = $0
            sub(/^info [^ ]* /, "", value)
            gsub(/["\\]/, "", value)
            info = add(info, sprintf("\"%s\": %s", $2, value ~ /^[0-9]+(\.[0-9])?$/ ? value : "\"" value "\""))
        }
        END {
            printf "{\"budget\": [%s],\n \"compare\": [%s],\n", budgets, compare
            printf " \"compare_ns\": [%s],\n \"floor\": [%s],\n \"info\": {%s}}\n", times, floors, info
        }
    ' "$rows"
}

need "$CC" gcc
need valgrind valgrind
need pmccabe pmccabe
need python3 python3
need "$ARM-gcc" gcc-arm-none-eabi
need "$ARM-size" binutils-arm-none-eabi
need_header valgrind/callgrind.h valgrind
need_header lwip/init.h liblwip-dev
[ -n "$lwip_source" ] || fail "the source of lwIP is missing: fetch it with sh tests/packages.sh lwip" 77

mkdir -p "$build"
rm -f "$build"/*.o "$build"/arm-*/*.o "$rows"
compile
count_instructions
count_functions
count_routers
measure_cores
measure_table
measure_lookup
measure_blocks
measure_vlan
measure_dpdk
count_all_code
count_boards
measure_sizes
measure_scale
measure_time
measure_floor
describe_lwip
row info compiler "$("$CC" --version | head -n 1)"
row info compiler-flags "$library_flags"
row info arm-compiler "$("$ARM-gcc" --version | head -n 1)"
row info arm-compiler-flags "$arm_flags"

if [ $json = yes ]; then
    print_json
else
    cat "$rows"
fi
if [ $check = yes ] && grep '^budget .* over$' "$rows" >&2; then
    exit 1
fi
