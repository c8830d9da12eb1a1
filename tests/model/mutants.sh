#!/bin/sh
# Test the models: each line of `mutants` is a driver with one step left out or wrong, and its tests must fail:
# sh tests/model/mutants.sh
#
# Print one line for each mutant, with the first fault that was seen. The last line is "mutants: N caught, M missed".
# Exit with 0 if all were caught, 77 if a tool is missing.
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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

flags="-std=c11 -w -D_GNU_SOURCE -DV6NF_ENV_REGISTER_CALLS"

card=$(cd "$top" && echo drivers/pci/*.c drivers/nic/*.c drivers/ring/*.c)
paravirtual="drivers/paravirtual/*.c $card"
intel="$card $(cd "$top" && echo drivers/intel/*.c)"
virtual="$work/virtual_card.o $work/fixture_virtual.o $work/fixture_device_memory.o"

cached=$here/../unit/driver/fixture_device_memory.c # compiled with the driver: it depends on V6NF_ENV_DMA_COHERENT

# The models of cards and boards do not depend on the driver.
for source in model/board model/registers model/dma model/lan9118_card model/virtual_card model/igc_card \
    model/vmxnet3_device model/gigabit_card model/fixture_virtual unit/driver/fixture_virtio_device \
    unit/driver/fixture_device_memory; do
    # shellcheck disable=SC2086 # the flags are a list
    gcc $flags -O2 -I"$top/include" -c -o "$work/$(basename "$source").o" "$top/tests/$source.c"
done

# build TREE FILE: compile the driver that FILE belongs to, or that is named before FILE ("igb:drivers/nic/nic.c"). Its
# tests are compiled as well, because ring.h is compiled into them.
build() (
    cd "$1"
    more=
    case $2 in
    cache_*) more=-DV6NF_ENV_DMA_COHERENT=0 ;;
    esac
    case $2 in
    cache_ring*)
        tests=$here/../unit/driver/test_ring.c
        parts="$cached $here/../unit/driver/fixture_ring_device.c drivers/ring/*.c"
        more="$more -UV6NF_ENV_REGISTER_CALLS" # they are variables
        ;;
    cache_virtio*)
        tests=$here/../unit/driver/test_virtio.c
        case $2 in
        cache_virtio_ring*) tests=$here/../unit/driver/test_virtio_ring.c ;;
        esac
        parts="$cached $work/fixture_virtio_device.o drivers/virt*/*.c $paravirtual"
        ;;
    cache_vmxnet3*)
        tests=$here/test_vmxnet3.c
        parts="$cached $work/vmxnet3_device.o drivers/vmxnet3/*.c $paravirtual"
        ;;
    cache_shm*)
        tests=$here/test_shm_cache.c
        parts="$cached drivers/shm/shm.c"
        ;;
    watch:*)
        tests=$here/../unit/driver/test_ring_watch.c
        parts="-UV6NF_ENV_REGISTER_CALLS $here/../unit/driver/fixture_ring_device.c $work/fixture_device_memory.o"
        parts="$parts drivers/ring/*.c"
        ;;
    forward: | */forward/*)
        tests=$here/../unit/driver/test_forward.c
        parts="drivers/forward/*.c drivers/cable/*.c"
        ;;
    lan9118* | */lan9118/*)
        tests=$here/test_lan9118.c
        parts="$work/lan9118_card.o drivers/lan9118/lan9118.c"
        ;;
    virtio* | */virt*/*)
        tests=$here/../unit/driver/test_virtio.c
        case $2 in
        virtio_ring*) tests=$here/../unit/driver/test_virtio_ring.c ;;
        esac
        parts="$work/fixture_virtio_device.o $work/fixture_device_memory.o drivers/virt*/*.c $paravirtual"
        ;;
    vmxnet3* | */vmxnet3[./]*)
        tests=$here/test_vmxnet3.c
        parts="$work/vmxnet3_device.o $work/fixture_device_memory.o drivers/vmxnet3/*.c $paravirtual"
        ;;
    gigabit*)
        tests=$here/test_gigabit.c
        parts="$work/gigabit_card.o $work/virtual_card.o $work/fixture_device_memory.o $intel"
        parts="$parts $here/../unit/driver/fixture_ring_device.c drivers/intel/e1000e/*.c drivers/intel/igb/*.c"
        ;;
    igb* | */igb/*)
        tests=$here/test_igb_virtual.c
        parts="$virtual $intel drivers/intel/igb/*.c"
        ;;
    e1000e* | */e1000e/*)
        tests=$here/test_e1000e.c
        parts="$work/virtual_card.o $work/fixture_device_memory.o $intel drivers/intel/e1000e/*.c"
        ;;
    igc* | */igc/*)
        tests=$here/test_igc.c
        parts="$work/igc_card.o $work/fixture_device_memory.o $intel drivers/intel/igc/*.c"
        ;;
    ixgbe_virtual* | */ixgbe/vf.c)
        tests=$here/test_ixgbe_virtual.c
        parts="$virtual $intel drivers/intel/ixgbe/*.c"
        ;;
    *)
        tests=$here/test_ixgbe.c
        parts="$work/board.o $work/registers.o $work/dma.o $work/fixture_device_memory.o $card"
        parts="$parts drivers/intel/intel.c drivers/intel/cards.c drivers/intel/ixgbe/ixgbe.c"
        ;;
    esac
    # shellcheck disable=SC2086 # the flags and the parts are lists
    gcc $flags $more -O1 -Iinclude -o test "$tests" $parts -lcmocka
)

# try_one NAME FILE EDIT TREE: print the line of one mutant.
try_one() {
    rm -rf "$4"
    cp -R "$work/whole" "$4"
    edited=${2#*:}
    sed -e "$3" "$top/$edited" >"$4/$edited"
    if cmp -s "$top/$edited" "$4/$edited"; then
        echo "MISSED: $1: the edit changes nothing"
    elif ! build "$4" "$2" >"$4/log" 2>&1; then
        echo "MISSED: $1: it does not compile"
    elif timeout 60 "$4/test" >"$4/log" 2>&1; then
        echo "MISSED: $1: all tests pass"
    else
        what=$(sed -n 's/^ERROR: card[ 0-9]*: //p; s/^\[  FAILED  \] \([a-z_]*\)$/test \1/p' "$4/log" | head -n 1)
        echo "caught: $1: ${what:-the tests did not end}"
    fi
}

# try_some FIRST EACH: try every EACH-th line of the list.
try_some() {
    number=0
    while IFS='|' read -r name file edit; do
        number=$((number + 1))
        [ $((number % $2)) -ne "$1" ] || try_one "$name" "$file" "$edit" "$work/mutant-$1" >"$work/result-$number"
    done <"$here/mutants"
}

mkdir "$work/whole"
cp -R "$top/include" "$top/drivers" "$work/whole/"
for driver in watch: forward: ixgbe lan9118 virtio virtio_ring vmxnet3 igb igc e1000e gigabit ixgbe_virtual cache_ring \
    cache_virtio cache_virtio_ring cache_vmxnet3 cache_shm; do
    if ! build "$work/whole" "$driver" || ! "$work/whole/test" >"$work/whole/log" 2>&1; then
        echo "mutants: the unchanged driver $driver does not pass its tests"
        exit 1
    fi
done

jobs=$(nproc)
for job in $(seq 0 $((jobs - 1))); do
    try_some "$job" "$jobs" &
done
wait
for number in $(seq "$(wc -l <"$here/mutants")"); do
    cat "$work/result-$number"
done >"$work/results"
cat "$work/results"
caught=$(grep -c '^caught: ' "$work/results" || true)
missed=$(grep -c '^MISSED: ' "$work/results" || true)

echo "mutants: $caught caught, $missed missed"
[ "$missed" -eq 0 ]
