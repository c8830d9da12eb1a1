#!/bin/sh
# Search every order of events of concurrent parts with Spin, and show that each model can fail:
#
#     sh tests/proof/spin.sh [ring | shm]...
#
# spin/NAME.pml is a model. spin/NAME.sizes lists the sizes to search it with; its first line names them. Each line of
# spin/NAME.faults is an edit that must break the model: a name, sizes, and the edit. Without arguments, search all
# models.
#
# Print one line for each step. The last is "spin: N passed, M failed". Exit with 0 if all passed, 77 if a tool is
# missing.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)/spin
passed=0
failed=0

for tool in spin gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "spin: $tool is missing: apt-get install spin gcc"
        exit 77
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# search MODEL SIZE...: visit every reachable state, with sizes in the order of $names. The search must not end early.
search() (
    cd "$work"
    model=$1
    shift
    for name in $names; do
        set -- "$@" "-D$name=$1"
        shift
    done
    spin -a "$@" "$model" >log && gcc -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m4000000 >log
)

# holds MODEL SIZE...: check that no reachable state violates the model.
holds() {
    model=$1
    shift
    if search "$here/$model.pml" "$@" && grep -q 'errors: 0$' "$work/log" &&
        ! grep -q 'max search depth' "$work/log"; then
        passed=$((passed + 1))
        echo "ok: $*:$(sed -n 's/ states, stored.*/ states/p' "$work/log" | tr -s ' ')"
    else
        failed=$((failed + 1))
        echo "FAILED: $*"
        tail -n 20 "$work/log"
    fi
}

# fails MODEL NAME SIZES EDIT: check that the edit changes the model, and that a reachable state then violates it.
fails() {
    sed -e "$4" "$here/$1.pml" >"$work/$1.pml"
    # shellcheck disable=SC2086
    if ! cmp -s "$here/$1.pml" "$work/$1.pml" && search "$work/$1.pml" $3 && grep -q 'errors: 1$' "$work/log"; then
        passed=$((passed + 1))
        echo "ok: fault: $2"
    else
        failed=$((failed + 1))
        echo "FAILED: fault: $2: not seen"
    fi
}

[ $# -gt 0 ] || set -- ring shm
for model in "$@"; do
    names=$(head -n 1 "$here/$model.sizes")
    sed 1d "$here/$model.sizes" >"$work/sizes"
    while read -r sizes; do
        # shellcheck disable=SC2086
        holds "$model" $sizes
    done <"$work/sizes"
    while IFS='|' read -r name sizes edit; do
        fails "$model" "$name" "$sizes" "$edit"
    done <"$here/$model.faults"
done

echo "spin: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
