#!/bin/sh
# Prove src/wire, the inline functions of its headers, src/table, src/nf and the drivers' handling of frames, with
# Frama-C. Show that the proof can fail: sh tests/proof/run.sh
#
# Print one line for each step. The last is "proof: N passed, M failed". Exit with 0 if all passed, 77 if a tool is
# missing. README.md in this directory describes what is proved.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

pass() { echo "ok: $1"; }
fail() { echo "FAILED: $1"; }

for tool in frama-c why3 z3 cvc4 gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "proof: $tool is missing: apt-get install frama-c-base why3 z3 cvc4 gcc"
        exit 77
    fi
done

# This script calls itself for each step, as run.sh --step DIRECTORY NUMBER.
[ "${1:-}" != --step ] || work=$2
[ "${1:-}" = --step ] || work=$(mktemp -d)
# The list of provers, apart from the user's own.
export WHY3CONFIG="$work/why3.conf"

# frama TREE FILE FLAGS OPTION...
frama() (
    tree=$1 file=$2 flags=$3
    shift 3
    cd "$work" && frama-c -machdep gcc_x86_64 -kernel-warn-key typing:implicit-function-declaration=abort \
        -cpp-extra-args="-I$tree -I$tree/include -I$tree/src/wire $flags" "$file" "$@" </dev/null
)

# Functions in which Eva keeps states apart: the drivers, for one length in each state, and those that parse and format
# text.
levels=main:100000
for name in $(sed -n 's/^static .*[ *]\(prove_[a-z0-9_]*\|text_after\|format_any\)(.*/\1/p' "$here"/eva/*.c); do
    levels=$levels,$name:100000
done
for name in format_group format_decimal parse_group parse_decimal parse_ipv4 parse_groups parse_address \
    v6nf_ether_parse v6nf_address_parse v6nf_address_parse_prefix write_requested write_ia v6nf_ndp_find_nonce; do
    levels=$levels,$name:50000
done
sizes=$(seq -s : 0 52)

# eva TREE LOG OPTION...: run Eva. Without static and inline, Frama-C keeps functions that no driver calls, so that
# coverage reports them. `defines` holds further definitions.
defines=
eva() {
    tree=$1 log=$2
    shift 2
    frama "$tree" "$work/eva.c" "-Dstatic= -Dinline= $defines" -no-annot -eva -eva-no-print -eva-no-show-progress \
        -eva-precision 0 -eva-auto-loop-unroll 16 -eva-slevel-function "$levels" -eva-split-return-function \
        "parse_group:0:1:2:3:4,parse_decimal:0:1:2:3,parse_ipv4:$sizes,parse_groups:full,parse_address:$sizes" \
        "$@" >"$log" 2>&1
}

# wp TREE LOG FILE FUNCTIONS OPTION...: prove the contracts, for any length. Without functions, prove the lemmas. The
# scripts of session/ prove what the provers do not find alone. The run gets a copy of them, because WP writes there.
wp() {
    tree=$1 log=$2 file=$3 functions=$4
    shift 4
    rm -rf "$log.session"
    cp -R "$here/session" "$log.session"
    frama "$tree" "$tree/$file" "" -wp -wp-rte ${functions:+-wp-fct "$functions"} -wp-par 1 -wp-cache none \
        -wp-session "$log.session" "$@" >"$log" 2>&1
}

# prove TREE LOG FILE FUNCTIONS SECONDS OPTION...: run wp() with a time limit for each goal and the options of the unit.
# First, the prover that proves the largest number of goals gets a second for each. Then both provers get all of the
# time for the remaining ones. WP needs the list of functions a second time.
prove() {
    tree=$1 log=$2 file=$3 functions=$4 seconds=$5
    shift 5
    wp "$tree" "$log" "$file" "$functions" "$@" -wp-timeout 1 -wp-prover script,cvc4 \
        -then -wp ${functions:+-wp-fct "$functions"} "$@" -wp-no-smoke-tests -wp-timeout "$seconds" \
        -wp-prover script,z3,cvc4
}

# goals LOG: print the number of proved goals among those that prove() began with, and the number of goals, both without
# smoke tests.
goals() {
    awk '
        / Running WP plugin/ { runs++ }
        runs == 1 && /\] Smoke-test / { tests++ }
        runs == 1 && /^\[wp\] Proved goals: / { sub(/.*\/ */, ""); all = $0 - tests }
        match($0, /\] Goal [^ ]+/) {
            name = substr($0, RSTART, RLENGTH)
            if (runs == 1) tried[name]
            if (/ : Valid/) proved[name]
        }
        END {
            for (name in tried) count += name in proved
            if (all != "") print count + 0, all
        }
    ' "$1"
}

# prove_unit UNIT FILE FUNCTIONS LEAST OPTIONS: check that all goals are proved, and that they are at least LEAST: none
# got lost. Smoke tests are in the same run, unless the unit has options: with -wp-prop WP runs none.
prove_unit() {
    unit=$1 functions=$3 least=$4 log="$work/wp-$1.log"
    # shellcheck disable=SC2086 # the options are a list
    prove "$top" "$log" "$2" "$3" 30 ${5:-$smoke} || echo "[wp] User Error: it stopped" >>"$log"
    [ -n "$5" ] || cp "$log" "$work/smoke-$1.log"
    # shellcheck disable=SC2046 # two numbers
    set -- $(goals "$log")
    if ! grep -q 'User Error' "$log" && [ $# -eq 2 ] && [ "$1" -eq "$2" ] && [ "$1" -ge "$least" ] &&
        [ "$1" -gt 0 ]; then
        pass "wp $unit: $1 goals proved"
    else
        grep -A2 'Failed\|User Error' "$log" || true
        fail "wp $unit: ${1:-no} goals of ${2:-0} proved, of at least $least"
    fi
}

# smoke_unit UNIT FILE FUNCTIONS: let WP try to prove "false" from each precondition and on each path through the code.
# A contract that contradicts itself proves everything, and is found here. WP has no smoke tests with -wp-prop, so the
# other goals are tried, too, but do not count. If prove_unit() ran the smoke tests, read its log.
smoke="-wp-smoke-tests -wp-smoke-timeout 1"
smoke_unit() {
    log="$work/smoke-$1.log"
    # shellcheck disable=SC2086 # the options are a list
    [ -e "$log" ] || wp "$top" "$log" "$2" "$3" -wp-timeout 1 -wp-prover script,cvc4 $smoke ||
        echo "[wp] User Error: it stopped" >>"$log"
    found=$(grep -c '\[Passed\] Smoke-test' "$log" || true)
    if ! grep '\[Failed\] Smoke-test\|User Error' "$log" && [ "$found" -gt 0 ]; then
        pass "smoke $1: $found tests, none failed"
    else
        fail "smoke $1: $found tests passed, others did not"
    fi
}

# unlisted: print the functions that have a contract and are not in wp/list. An unproved contract would look proved.
unlisted() {
    cut -d'|' -f3 "$here/wp/list" | tr , '\n' | sort -u >"$work/listed"
    cat "$top"/src/wire/*.[ch] "$top"/src/table/*.[ch] "$top"/src/nf/*.c "$top"/include/v6nf/*.h \
        "$top"/include/v6nf/*/*.h |
        awk '/^\/\*@/ { inside = 1 }
             after { if (match($0, /[a-z0-9_]+\(/)) print substr($0, RSTART, RLENGTH - 1); after = 0 }
             inside && /\*\/$/ { inside = 0; after = 1 }' | sort -u | comm -23 - "$work/listed"
}

# fault_tree DIRECTORY FILE EDIT: copy the tree with one edit, which must change something.
fault_tree() {
    mkdir -p "$1/tests/proof"
    cp -R "$top/src" "$top/include" "$top/drivers" "$1/"
    cp -R "$here/eva" "$here/drivers" "$1/tests/proof/"
    sed -e "$3" "$top/$2" >"$1/$2"
    ! cmp -s "$top/$2" "$1/$2"
}

# has_alarm LOG: check the log of an Eva that stops at the first alarm.
has_alarm() {
    grep -q 'eva:alarm' "$1" && ! grep 'User Error' "$1" | grep -qv 'Stopping at nth alarm'
}

# has_no_alarm LOG: check the log of an Eva that ran to its end.
has_no_alarm() {
    grep -q '^  0 alarms generated by the analysis' "$1" && ! grep -q 'with an error' "$1"
}

# eva_sees TREE LOG SCOPE: check that Eva raises an alarm in the driver SCOPE.
eva_sees() {
    eva "$1" "$2" -main "$3" -eva-stop-at-nth-alarm 1 || true
    has_alarm "$2"
}

# driver_sees TREE LOG SCOPE: check that Eva raises an alarm in the line SCOPE of drivers/list.
driver_sees() {
    eva_driver "$1" "$2" "$3" -eva-stop-at-nth-alarm 1 || true
    has_alarm "$2"
}

# wp_sees TREE LOG SCOPE: check that a goal is not proved. SCOPE is "UNIT:FUNCTION", a unit of wp/list and one of its
# functions.
wp_sees() {
    file=$(sed -n "s/^${3%:*}|\([^|]*\)|.*/\1/p" "$here/wp/list" | head -n 1)
    prove "$1" "$2" "$file" "${3#*:}" 5 || return 1
    # shellcheck disable=SC2046 # two numbers
    set -- "$2" $(goals "$2")
    [ $# -eq 3 ] && [ "$2" -lt "$3" ] && ! grep -q 'User Error' "$1"
}

# try_fault NAME STEP SCOPE FILE EDIT: print one line, "ok: ..." or "FAILED: ...".
try_fault() {
    log="$work/fault-$1.log"
    if ! fault_tree "$work/fault-$1" "$4" "$5"; then
        echo "FAILED: fault $1: the edit changes nothing in $4"
        return
    fi
    if "$2_sees" "$work/fault-$1" "$log" "$3"; then
        echo "ok: fault $1: $2 fails"
    else
        echo "FAILED: fault $1: $2 did not see it"
        tail -n 5 "$log"
    fi
    rm -rf "$work/fault-$1"
}

prove_eva() {
    log="$work/eva.log"
    eva "$top" "$log" || echo "Eva stopped with an error" >>"$log"
    if has_no_alarm "$log" && [ "$(grep -c ': 100% coverage' "$log")" -eq 2 ]; then
        functions=$(sed -n 's/^ *\([0-9]*\) functions analyzed.*/\1/p' "$log")
        pass "eva: 0 alarms, $functions functions, every statement reached"
    else
        grep -A1 'eva:alarm\|User Error' "$log" || true
        grep 'coverage' "$log" || tail -n 5 "$log"
        fail "eva: see the lines above"
    fi
}

# Checksums are summed in another way if the compiler optimizes for size.
prove_size() {
    log="$work/size.log"
    defines=-D__OPTIMIZE_SIZE__
    eva "$top" "$log" -main prove_checksum || echo "Eva stopped with an error" >>"$log"
    if has_no_alarm "$log"; then
        pass "eva: 0 alarms in checksums for small code"
    else
        grep -A1 'eva:alarm\|User Error' "$log" || tail -n 5 "$log"
        fail "eva: checksums for small code: see the lines above"
    fi
}

# eva_driver TREE LOG NAME OPTION...: run Eva on a card's driver, by its line of drivers/list:
# NAME|FILE|DEFINES|OPTIONS.
eva_driver() {
    tree=$1 log=$2
    IFS='|' read -r name file defines options <<END
$(grep "^$3|" "$here/drivers/list")
END
    shift 3
    # shellcheck disable=SC2086 # the options are a list
    frama "$tree" "$tree/tests/proof/drivers/$file" "$defines" -no-annot -eva -eva-no-print -eva-no-show-progress \
        -eva-precision 0 -eva-auto-loop-unroll 16 -eva-ilevel 40 $options "$@" >"$log" 2>&1
}

# prove_driver NAME: check that there is no alarm and that 98 % of the driver is reached. The second bound of a loop is
# not.
prove_driver() {
    log="$work/driver-$1.log"
    eva_driver "$top" "$log" "$1" || echo "Eva stopped with an error" >>"$log"
    if has_no_alarm "$log" && grep -q 'statements reached.*: \(98\|99\|100\)% coverage' "$log"; then
        pass "driver $1: 0 alarms,$(sed -n 's/^ *In these functions, \([0-9]*\) statements.*/ \1 statements/p' "$log")"
    else
        grep -A1 'eva:alarm\|User Error' "$log" || true
        grep 'coverage' "$log" || tail -n 5 "$log"
        fail "driver $1: see the lines above"
    fi
}

prove_listed() {
    missing=$(unlisted)
    if [ -z "$missing" ]; then
        pass "wp: every contract is in the list"
    else
        echo "$missing"
        fail "wp: the contracts above are not in the list"
    fi
}

# step KIND REST: print lines "ok: ..." or "FAILED: ...".
step() {
    kind=$1
    IFS='|' read -r a b c d e <<END
$2
END
    case $kind in
    eva) prove_eva ;;
    size) prove_size ;;
    driver) prove_driver "$a" ;;
    listed) prove_listed ;;
    unit)
        prove_unit "$a" "$b" "$c" "$d" "$e"
        [ -n "$e" ] || smoke_unit "$a" "$b" "$c"
        ;;
    smoke) smoke_unit "$a" "$b" "$c" ;;
    fault) try_fault "$a" "$b" "$c" "$d" "$e" ;;
    esac
}

if [ "${1:-}" = --step ]; then
    line=$(sed -n "$3p" "$work/steps")
    step "${line%%|*}" "${line#*|}" >"$work/result-$3" 2>&1 || echo "FAILED: $line stopped" >>"$work/result-$3"
    exit 0
fi

trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

why3 config detect >"$work/why3.log" 2>&1 || cat "$work/why3.log"

# Include every file of src/wire, so that a new function without a driver fails the step.
for file in "$top"/src/wire/*.c; do
    echo "#include \"src/wire/${file##*/}\""
done >"$work/eva.c"
for file in checksum siphash address packet ext mld router dhcpv6 main; do
    echo "#include \"tests/proof/eva/$file.c\""
done >>"$work/eva.c"

{
    echo "eva|"
    echo "size|"
    sed 's/^/driver|/' "$here/drivers/list"
    echo "listed|"
    sed -n 's/^/unit|/; p; /|$/d; /||/d; s/^unit/smoke/p' "$here/wp/list"
    sed 's/^/fault|/' "$here/faults/list"
} >"$work/steps"
count=$(wc -l <"$work/steps")

# The machine's cores share the steps.
seq "$count" | xargs -P "$(nproc)" -n 1 sh "$here/run.sh" --step "$work"
for number in $(seq "$count"); do
    cat "$work/result-$number"
done >"$work/results"
cat "$work/results"
passed=$(grep -c '^ok: ' "$work/results" || true)
failed=$(grep -c '^FAILED: ' "$work/results" || true)

echo "proof: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
