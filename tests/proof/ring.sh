#!/bin/sh
# Shows with Spin that no order of what devices and driver do breaks the descriptor ring or stops it, and that the model can
# fail: sh tests/proof/ring.sh
#
# One line a step; the last is "ring: N passed, M failed". Exits with 0 if all passed, 77 if a tool is missing.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)/spin
passed=0
failed=0

for tool in spin gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "ring: $tool is missing: apt-get install spin gcc"
        exit 77
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# search MODEL N BURST RECYCLE OUTPUTS HEADS ADVANCED: every state that can be reached. A search that ends before that is none.
search() (
    cd "$work"
    spin -a "-DN=$2" "-DBURST=$3" "-DRECYCLE=$4" "-DOUTPUTS=$5" "-DHEADS=$6" "-DADVANCED=$7" "$1" >log &&
        gcc -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m4000000 >log
)

# holds N BURST RECYCLE OUTPUTS HEADS ADVANCED
holds() {
    if search "$here/ring.pml" "$@" && grep -q 'errors: 0$' "$work/log" && ! grep -q 'max search depth' "$work/log"; then
        passed=$((passed + 1))
        echo "ok: $*:$(sed -n 's/ states, stored.*/ states/p' "$work/log" | tr -s ' ')"
    else
        failed=$((failed + 1))
        echo "FAILED: $*"
        tail -n 20 "$work/log"
    fi
}

# fails NAME SIZES EDIT: the model with an edit, which must change something, has a state that may not be.
fails() {
    sed -e "$3" "$here/ring.pml" >"$work/ring.pml"
    # shellcheck disable=SC2086
    if ! cmp -s "$here/ring.pml" "$work/ring.pml" && search "$work/ring.pml" $2 && grep -q 'errors: 1$' "$work/log"; then
        passed=$((passed + 1))
        echo "ok: fault: $1"
    else
        failed=$((failed + 1))
        echo "FAILED: fault: $1: not seen"
    fi
}

for sizes in "4 1 1" "8 2 3"; do
    for devices in "1 1 0" "1 1 1" "1 0 0" "1 0 1" "2 1 0" "2 1 1" "2 0 0" "2 0 1"; do
        # shellcheck disable=SC2086
        holds $sizes $devices
    done
done
holds 16 2 4 1 1 0
holds 16 2 4 1 1 1
holds 16 2 4 2 1 0

while IFS='|' read -r name sizes edit; do
    fails "$name" "$sizes" "$edit"
done <"$here/faults"

echo "ring: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
