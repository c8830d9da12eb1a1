#!/bin/sh
# Fuzz the node with libFuzzer: sh tests/fuzz/run.sh [SECONDS]
#
# Check that the fuzzers find known faults: sh tests/fuzz/run.sh --faults [NAME...]
#
# node_input delivers a sequence of frames to a node (seeds: seeds.py), node_sequence executes a sequence of steps
# (seeds: corpus/node_sequence.txt, an input in base64 per line). Both run in parallel for SECONDS (60): half of the
# time with the tables of config.h, half with the smallest that it allows. README.md states what they check and what to
# do after a failure. The output is one line per target and size, PASS or FAIL, and a line for each fault of `faults`
# whose edit no longer changes its file.
#
# --faults builds the node with each fault of `faults`, or with each NAME. It runs the target for at most FAULT_SECONDS
# (300). The output is one line per fault, "caught" or "MISSED".
#
# Exit status: 0 for PASS, 1 for FAIL, 77 if a tool is missing, 2 if the build failed.
set -u
export LC_ALL=C
export ASAN_OPTIONS=quarantine_size_mb=1 # the library frees nothing
cd "$(dirname "$0")/../.." || exit 2
top=$PWD
root=build/fuzz

for tool in clang python3; do
    command -v $tool >/dev/null || { echo "fuzz: no $tool: apt-get install $tool"; exit 77; }
done
mkdir -p $root

# -- Building ----------------------------------------------------------------------------------------------------------

# The smallest tables that config.h allows, all of them with an index.
small="-DV6NF_SCAN_MAX=0u -DV6NF_ADDRESSES=2u -DV6NF_NEIGHBORS=2u -DV6NF_DESTINATIONS=4u -DV6NF_PATH_MTUS=2u
    -DV6NF_ROUTERS=1u -DV6NF_ROUTES=0u -DV6NF_PREFIXES=1u -DV6NF_DNS_SERVERS=1u -DV6NF_DNS_DOMAINS=1u
    -DV6NF_WAITING=1u -DV6NF_WAITING_PER_NEIGHBOR=1u -DV6NF_WAITING_FRAME_SIZE=1294u -DV6NF_REASSEMBLIES=1u
    -DV6NF_REASSEMBLIES_PER_SOURCE=1u -DV6NF_REASSEMBLY_PIECES=2u -DV6NF_REASSEMBLY_SIZE=1500u -DV6NF_FRAGMENTATIONS=1u
    -DV6NF_UDP_PORTS=2u -DV6NF_GROUPS=1u -DV6NF_GROUP_SOURCES=1u -DV6NF_ERROR_BURST=1u -DV6NF_PING_OUTSTANDING=1u
    -DV6NF_PING_RESULTS=1u
    -DV6NF_DHCPV6_ADDRESSES=1u -DV6NF_DHCPV6_PREFIXES=1u"
# The tables of config.h, but some have an index and are still full after a few frames.
usual="-DV6NF_NEIGHBORS=24u -DV6NF_DESTINATIONS=8u -DV6NF_PATH_MTUS=18u -DV6NF_SCAN_MAX=3u"
flags="-std=c11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    -DV6NF_INVARIANTS"
shared="twice device tables datagrams passing output output_ndp output_error node_program"
library="src/wire src/table src/node" # the rest of src needs an environment
sequence="choices packets deliver messages messages_ndp messages_dhcpv6 steps steps_program mutate"

# Compile FILEs of TREE into DIRECTORY, those of the library with coverage for libFuzzer: compile TREE DIRECTORY FILE...
compile()
{
    tree=$1 directory=$2
    shift 2
    mkdir -p "$directory"
    for file in "$@"; do
        case $file in
        src/*) echo "-fsanitize=fuzzer-no-link $file $directory/$(echo "${file%.c}" | tr / -).o" ;;
        *) echo "-I$tree/include $file $directory/$(basename "$file" .c).o" ;;
        esac
    done >"$directory/list"
    defines=$usual
    case $directory in
    *small*) defines=$small ;;
    esac
    # shellcheck disable=SC2016 # $FLAGS and $0 to $2 belong to the inner shell
    (cd "$tree" && FLAGS="$flags $defines -I$tree/include" \
        xargs -P "$(nproc)" -L 1 sh -c 'clang $FLAGS "$0" -c "$1" -o "$2"') \
        <"$directory/list" >"$directory/log" 2>&1 && return
    cat "$directory/log"
    echo "fuzz: compilation failed (libFuzzer of clang is in the package libclang-rt-14-dev)"
    return 1
}

# link_target DIRECTORY TARGET
link_target()
{
    parts=$shared
    [ "$2" = node_input ] || parts="$parts $sequence"
    objects=
    for part in $2 $parts; do
        objects="$objects $1/$part.o"
    done
    # shellcheck disable=SC2086 # a list
    clang -fsanitize=fuzzer,address,undefined $objects "$1"/src-*.o -o "$1/$2" && return
    echo "fuzz: linking $1/$2 failed"
    return 1
}

# Build both targets: build DIRECTORY
build()
{
    rm -f "$1"/*.o # of sources that were moved
    # shellcheck disable=SC2046,SC2086 # lists
    compile "$top" "$top/$1" $(cd "$top" && find $library tests/fuzz -name "*.c") &&
        link_target "$1" node_input && link_target "$1" node_sequence
}

# Decode each line of FILE into a file of DIRECTORY: unpack FILE DIRECTORY
unpack()
{
    python3 - "$1" "$2" <<'END'
import base64, os, sys
os.makedirs(sys.argv[2], exist_ok=True)
with open(sys.argv[1]) as lines:
    for number, line in enumerate(lines):
        with open(f"{sys.argv[2]}/{number:05}", "wb") as file:
            file.write(base64.b64decode(line))
END
}

rm -rf $root/node_input.seeds $root/node_sequence.seeds
python3 tests/fuzz/seeds.py $root/node_input.seeds || exit 2
unpack tests/fuzz/corpus/node_sequence.txt $root/node_sequence.seeds || exit 2

# -- Running -----------------------------------------------------------------------------------------------------------

# Run a target: run DIRECTORY TARGET SECONDS LOG CORPUS. Leaks, a hang of 5 seconds and more than 512 MiB are failures,
# too.
run()
{
    max_length=2064
    [ "$2" = node_sequence ] || max_length=8192
    mkdir -p "$5"
    "$1/$2" -max_total_time="$3" -timeout=5 -rss_limit_mb=512 -max_len=$max_length -print_final_stats=1 \
        -artifact_prefix="$1/" "$5" "$root/$2.seeds" >"$4" 2>&1
}

# Print the first message of a failure in the log: failure LOG
failure()
{
    check='[a-z_0-9]+\.[ch]:[0-9]+: not true: .*|output differs from.*in all'
    sanitizer='runtime error: .*|ERROR: [A-Za-z]*Sanitizer: [^ ]*|ERROR: libFuzzer: .*'
    grep -E -m 1 -o "$check|$sanitizer" "$1"
}

# Run a target and print its result: fuzz DIRECTORY TARGET SECONDS
fuzz()
{
    log=$1/$2.log
    run "$1" "$2" "$3" "$log" "$root/$2.corpus"
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    coverage=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ $status -ne 0 ] || [ -z "$runs" ]; then
        failure "$log"
        grep -E '^ *#[0-9]+ .* in (v6nf_|check_|[a-z_]*handler)' "$log" | head -n 20
        echo "FAIL fuzz $1/$2: $(sed -n 's/.*Test unit written to \(.*\)/input \1, /p' "$log")log $log"
        return 1
    fi
    echo "PASS fuzz $1/$2: $runs runs, $3 s, coverage ${coverage:-0}"
}

# Run a target with the tables of both sizes: fuzz_both TARGET SECONDS
fuzz_both()
{
    fuzz $root/usual "$1" $((($2 + 1) / 2))
    first=$?
    fuzz $root/small "$1" $((($2 + 1) / 2)) && return $first
}

# -- Faults ------------------------------------------------------------------------------------------------------------

# Check that each edit of `faults` still changes its files. Print a line for each that does not.
check_edits()
{
    stale=0
    while IFS='|' read -r name tables fuzzer files edit; do
        for file in $files; do
            if sed -e "$edit" "$file" | cmp -s "$file" -; then
                echo "FAIL fuzz faults: $name ($fuzzer, $tables): the edit changes nothing in $file"
                stale=1
            fi
        done
    done <tests/fuzz/faults
    return $stale
}

# Build the node with a fault, run the target, print the result: try_fault NAME TABLES TARGET FILES EDIT
try_fault()
{
    tree=$top/$root/fault.tree
    target=$root/fault.$2
    rm -rf "$tree" "$target" "$root/fault.corpus"
    mkdir -p "$tree"
    cp -R src include "$tree/"
    cp -R "$root/$2" "$target"
    for file in $4; do
        sed -e "$5" "$file" >"$tree/$file"
        if cmp -s "$file" "$tree/$file"; then
            echo "MISSED: $1: the edit changes nothing in $file"
            return 1
        fi
    done
    sources=$4
    # shellcheck disable=SC2086 # a list
    case $4 in
    *.h) sources=$(find $library -name "*.c") ;;
    esac
    # shellcheck disable=SC2086 # a list
    if ! compile "$tree" "$top/$target" $sources || ! link_target "$target" "$3"; then
        echo "MISSED: $1: it does not compile"
        return 1
    fi
    start=$(date +%s)
    if run "$target" "$3" "${FAULT_SECONDS:-300}" "$target/$3.log" "$root/fault.corpus"; then
        echo "MISSED: $1: no failure in ${FAULT_SECONDS:-300} s"
        return 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$target/$3.log")
    echo "caught: $1: $(($(date +%s) - start)) s, ${runs:-?} runs: $(failure "$target/$3.log")"
}

# try_faults NAME...
try_faults()
{
    missed=0
    while IFS='|' read -r name tables fuzzer files edit; do
        case " $* " in
        '  ' | *" $name "*)
            try_fault "$name" "$tables" "$fuzzer" "$files" "$edit" </dev/null || missed=$((missed + 1))
            ;;
        esac
    done <tests/fuzz/faults
    [ $missed -eq 0 ]
}

# -- Arguments ---------------------------------------------------------------------------------------------------------

seconds=60
case ${1:-} in
'') ;;
--faults) seconds= ;;
*[!0-9]* | 0)
    echo "fuzz: '$1' is not a number of seconds: sh tests/fuzz/run.sh [SECONDS]"
    exit 2
    ;;
*) seconds=$1 ;;
esac
build $root/usual || exit 2
build $root/small || exit 2
if [ -z "$seconds" ]; then
    shift
    try_faults "$@"
    exit
fi
fuzz_both node_input "$seconds" >$root/node_input.line &
first=$!
fuzz_both node_sequence "$seconds" >$root/node_sequence.line &
second=$!
failed=0
check_edits || failed=1
wait $first || failed=1
wait $second || failed=1
cat $root/node_input.line $root/node_sequence.line
exit $failed
