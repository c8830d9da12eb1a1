#!/bin/sh
# Test the models: each line of `mutants` is a driver with one step left out or wrong, and its tests must fail:
# sh tests/model/mutants.sh
#
# Print one line for each mutant, with the first fault that was seen. The last line is "mutants: N caught, M missed",
# and how many were left out: those of AF_XDP without root. Exit with 0 if none was missed, 77 if a tool is missing.
#
# The unedited tree is compiled once. A mutant is its objects, except for those whose source includes the edited file.
# Its tests end at the first that fails (mutants.c).
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

if ! command -v gcc >/dev/null || ! echo '#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>' | gcc -E - >/dev/null 2>&1; then
    echo "mutants: gcc or CMocka is missing: apt-get install gcc libcmocka-dev"
    exit 77
fi

# This script calls itself for each step, as mutants.sh --step DIRECTORY KIND ARGUMENT.
[ "${1:-}" != --step ] || work=$2
[ "${1:-}" = --step ] || work=$(mktemp -d)

unit=tests/unit/driver
card=$(cd "$top" && echo drivers/pci/*.c drivers/nic/*.c drivers/ring/*.c)
paravirtual="drivers/paravirtual/*.c $card"
intel="$card $(cd "$top" && echo drivers/intel/*.c)"

# choose FILE: set the parts of the driver that FILE belongs to, or that is named before FILE ("igb:drivers/nic/nic.c"):
# how they are compiled, the sources that an edit may change, and the models, which do not depend on the driver. ring.h
# is compiled into the tests.
choose() {
    how=registers
    models=$unit/fixture_device_memory.c
    case $1 in
    cache_ring*)
        how=cache_variables
        models=
        sources="$unit/test_ring.c $unit/fixture_device_memory.c $unit/fixture_ring_device.c drivers/ring/*.c"
        ;;
    cache_virtio*)
        how=cache
        models=$unit/fixture_virtio_device.c
        sources="$unit/test_virtio.c $unit/fixture_device_memory.c drivers/virt*/*.c $paravirtual"
        ;;
    cache_vmxnet3*)
        how=cache
        models=tests/model/vmxnet3_device.c
        sources="tests/model/test_vmxnet3.c $unit/fixture_device_memory.c drivers/vmxnet3*/*.c $paravirtual"
        ;;
    cache_shm*)
        how=cache
        models=
        sources="tests/model/test_shm_cache.c $unit/fixture_device_memory.c drivers/shm/shm.c"
        ;;
    watch:*)
        how=variables
        sources="$unit/test_ring_watch.c $unit/fixture_ring_device.c drivers/ring/*.c"
        ;;
    checksums:*)
        how=variables
        sources="$unit/test_ring_checksums.c $unit/fixture_ring_device.c drivers/ring/*.c"
        ;;
    tags:*)
        how=variables
        sources="$unit/test_ring_tags.c $unit/fixture_ring_device.c drivers/ring/*.c"
        ;;
    forward: | */forward/*)
        models=
        sources="$unit/test_forward.c drivers/forward/*.c drivers/cable/*.c"
        ;;
    xdp* | */xdp*)
        how=variables
        models=
        sources="$unit/test_xdp.c $unit/fixture_kernel.c drivers/xdp*/*.c env/linux/*.c"
        ;;
    lan9118* | */lan9118/*)
        models=tests/model/lan9118_card.c
        sources="tests/model/test_lan9118.c drivers/lan9118/lan9118.c"
        ;;
    virtio* | */virt*/*)
        models="$models $unit/fixture_virtio_device.c"
        sources="$unit/test_virtio.c drivers/virt*/*.c $paravirtual"
        ;;
    vmxnet3* | */vmxnet3[./]*)
        models="$models tests/model/vmxnet3_device.c"
        sources="tests/model/test_vmxnet3.c drivers/vmxnet3*/*.c $paravirtual"
        ;;
    gigabit*)
        models="$models tests/model/gigabit_card.c tests/model/virtual_card.c"
        sources="tests/model/test_gigabit.c $unit/fixture_ring_device.c $intel"
        sources="$sources drivers/intel/e1000e/*.c drivers/intel/igb/*.c"
        ;;
    igb* | */igb/*)
        models="$models tests/model/virtual_card.c tests/model/fixture_virtual.c"
        sources="tests/model/test_igb_virtual.c $intel drivers/intel/igb/*.c"
        ;;
    e1000e* | */e1000e/*)
        models="$models tests/model/virtual_card.c"
        sources="tests/model/test_e1000e.c $intel drivers/intel/e1000e/*.c"
        ;;
    igc* | */igc/*)
        models="$models tests/model/igc_card.c"
        sources="tests/model/test_igc.c $intel drivers/intel/igc/*.c"
        ;;
    ixgbe_virtual* | */ixgbe/vf.c)
        models="$models tests/model/virtual_card.c tests/model/fixture_virtual.c"
        sources="tests/model/test_ixgbe_virtual.c $intel drivers/intel/ixgbe/*.c"
        ;;
    *)
        models="$models tests/model/board.c tests/model/registers.c tests/model/dma.c"
        sources="tests/model/test_ixgbe.c $card drivers/intel/intel.c drivers/intel/cards.c drivers/intel/ixgbe/ixgbe.c"
        ;;
    esac
    case $1 in
    virtio_ring* | cache_virtio_ring*) sources="$unit/test_virtio_ring.c ${sources#* }" ;;
    esac
    # shellcheck disable=SC2086 # patterns, which become names
    sources=$(cd "$top" && echo $sources)
}

# compile HOW SOURCE OBJECT: compile a source of the tree in the current directory, and list what it includes.
compile() {
    case $1 in
    models) set -- "$2" "$3" -O2 -DV6NF_ENV_REGISTER_CALLS ;;
    registers) set -- "$2" "$3" -O1 -DV6NF_ENV_REGISTER_CALLS ;;
    variables) set -- "$2" "$3" -O1 ;;
    cache) set -- "$2" "$3" -O1 -DV6NF_ENV_REGISTER_CALLS -DV6NF_ENV_DMA_COHERENT=0 ;;
    cache_variables) set -- "$2" "$3" -O1 -DV6NF_ENV_DMA_COHERENT=0 ;;
    esac
    mkdir -p "$(dirname "$2")"
    source=$1 object=$2
    shift 2
    gcc -std=c11 -w -D_GNU_SOURCE -Iinclude -MMD "$@" -c -o "$object" "$source"
}

# link PROGRAM OBJECT...
link() {
    program=$1
    shift
    gcc -o "$program" "$@" "$work/mutants.o" -Wl,--wrap=_cmocka_run_group_tests -lcmocka
}

# objects HOW SOURCE...: print the objects of unchanged sources.
objects() {
    how=$1
    shift
    for source in "$@"; do
        echo "$work/$how/${source%.c}.o"
    done
}

# try_unchanged DRIVER: a driver passes its tests.
try_unchanged() {
    choose "$1:"
    # shellcheck disable=SC2046,SC2086 # lists
    if ! link "$work/test-$1" $(objects "$how" $sources) $(objects models $models) ||
        ! "$work/test-$1" >"$work/log-$1" 2>&1; then
        echo "mutants: the unchanged driver $1 does not pass its tests"
        return 1
    fi
}

# build FILE: compile what the edit of a file changes, in its tree, the current directory.
build() {
    choose "$1"
    # shellcheck disable=SC2046,SC2086 # lists
    set -- "${1#*:}" $(objects models $models)
    for source in $sources; do
        object=$work/$how/${source%.c}.o
        if grep -qF "/${1##*/}" "${object%.o}.d"; then
            object=${source%.c}.o
            compile "$how" "$source" "$object" || return
        fi
        set -- "$@" "$object"
    done
    shift
    link test "$@"
}

# is_left_out FILE: the tests of its driver cannot run here, as their run with the unchanged driver has shown.
is_left_out() {
    case $1 in
    */xdp*) grep -q "needs root" "$work/log-xdp" ;;
    *) false ;;
    esac
}

# try_mutant NAME FILE EDIT: print the line of one mutant. The current directory is an empty one.
try_mutant() {
    cp -R "$work/tree/." .
    edited=${2#*:}
    sed -e "$3" "$top/$edited" >"$edited"
    if cmp -s "$top/$edited" "$edited"; then
        echo "MISSED: $1: the edit changes nothing"
    elif is_left_out "$2"; then
        echo "left out: $1: its tests need root and AF_XDP"
    elif ! build "$2" >log 2>&1; then
        echo "MISSED: $1: it does not compile: $(grep -m 1 error log || tail -n 1 log)"
    elif prlimit --cpu=60 ./test >log 2>&1; then
        echo "MISSED: $1: all tests pass"
    else
        what=$(sed -n 's/^ERROR: card[ 0-9]*: //p; s/^\[  FAILED  \] \([a-z_]*\)$/test \1/p' log | head -n 1)
        echo "caught: $1: ${what:-the tests did not end}"
    fi
}

# step KIND ARGUMENT...
step() {
    case $1 in
    compile)
        cd "$work/tree"
        compile "$2" "$3" "$work/$2/${3%.c}.o"
        ;;
    unchanged) try_unchanged "$2" ;;
    mutant)
        mkdir "$work/mutant-$2"
        cd "$work/mutant-$2"
        line=$(sed -n "$2p" "$here/mutants")
        rest=${line#*|}
        try_mutant "${line%%|*}" "${rest%%|*}" "${rest#*|}" >"$work/result-$2"
        cd "$work"
        rm -rf "$work/mutant-$2"
        ;;
    esac
}

if [ "${1:-}" = --step ]; then
    shift 2
    step "$@"
    exit
fi

# share KIND: do a step for each line of the input. The machine's cores share them.
share() {
    xargs -P "$(nproc)" -L 1 sh "$here/mutants.sh" --step "$work" "$1"
}

trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

mkdir "$work/tree"
mkdir "$work/tree/env"
cp -R "$top/include" "$top/drivers" "$work/tree/"
cp -R "$top/env/linux" "$work/tree/env/"
ln -s "$top/tests" "$work/tree/tests"
gcc -std=c11 -c -o "$work/mutants.o" "$here/mutants.c"

drivers="ixgbe lan9118 virtio virtio_ring vmxnet3 igb igc e1000e gigabit ixgbe_virtual watch checksums tags forward xdp
    cache_ring cache_virtio cache_virtio_ring cache_vmxnet3 cache_shm"
for driver in $drivers; do
    choose "$driver:"
    for source in $models; do
        echo "models $source"
    done
    for source in $sources; do
        echo "$how $source"
    done
done | sort -u >"$work/parts"
share compile <"$work/parts" || exit 1
echo "$drivers" | tr -s ' \n' '\n' | share unchanged || exit 1

count=$(wc -l <"$here/mutants")
seq "$count" | share mutant
for number in $(seq "$count"); do
    cat "$work/result-$number"
done >"$work/results"
cat "$work/results"
caught=$(grep -c '^caught: ' "$work/results" || true)
missed=$(grep -c '^MISSED: ' "$work/results" || true)
left_out=$(grep -c '^left out: ' "$work/results" || true)

echo "mutants: $caught caught, $missed missed, $left_out left out"
[ "$missed" -eq 0 ]
