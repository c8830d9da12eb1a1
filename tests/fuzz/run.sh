#!/bin/sh
# Fuzzes the node with libFuzzer: sh tests/fuzz/run.sh [SECONDS]
# Shows that the fuzzers find faults:  sh tests/fuzz/run.sh --faults [NAME...]
#
# node_input drives one frame after the other into a node (seeds: seeds.py), node_sequence a node's whole life (seeds:
# corpus/node_sequence.txt, an input in base64 a line). Both run at the same time, for SECONDS (60) in all: half of it with the tables of
# config.h, half with the smallest that it allows. README.md says what they check, and what to do with what they find. One line a
# target, PASS or FAIL.
#
# --faults builds the node with each fault of `faults`, or with those of these NAMEs, and lets the target run for FAULT_SECONDS (300) at
# most: one line each, "caught" or "MISSED".
#
# Exits with 0 for PASS, 1 for FAIL, 77 if a tool is missing, 2 if nothing could be built.
set -u
export LC_ALL=C
export ASAN_OPTIONS=quarantine_size_mb=1 # the library frees nothing
cd "$(dirname "$0")/../.." || exit 2
top=$PWD
directory=build/fuzz

for tool in clang python3; do
    command -v $tool >/dev/null || { echo "fuzz: there is no $tool: apt-get install $tool"; exit 77; }
done
mkdir -p $directory

# -- Building -----------------------------------------------------------------------------------------------------------

# The smallest tables that config.h allows.
small="-DV6NF_ADDRESSES=2u -DV6NF_NEIGHBORS=2u -DV6NF_DESTINATIONS=1u -DV6NF_ROUTERS=1u -DV6NF_ROUTES=0u -DV6NF_PREFIXES=1u
    -DV6NF_DNS_SERVERS=1u -DV6NF_DNS_DOMAINS=1u -DV6NF_WAITING=1u -DV6NF_WAITING_PER_NEIGHBOR=1u -DV6NF_WAITING_FRAME_SIZE=1294u
    -DV6NF_REASSEMBLIES=1u -DV6NF_REASSEMBLIES_PER_SOURCE=1u -DV6NF_REASSEMBLY_PIECES=2u -DV6NF_REASSEMBLY_SIZE=1500u
    -DV6NF_FRAGMENTATIONS=1u -DV6NF_UDP_PORTS=2u -DV6NF_GROUPS=1u -DV6NF_GROUP_SOURCES=1u -DV6NF_ERROR_BURST=1u
    -DV6NF_PING_OUTSTANDING=1u -DV6NF_PING_RESULTS=1u -DV6NF_DHCPV6_ADDRESSES=1u"
flags="-std=c11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
shared="twice tables leaves leaves_ndp leaves_error node_program"
sequence="choices packets deliver messages messages_ndp messages_dhcpv6 steps steps_program mutate"

# Compile the sources of TREE that are named, the library's such that libFuzzer sees what they reach: compile TREE PLACE FILE...
compile()
{
    tree=$1 place=$2
    shift 2
    mkdir -p "$place"
    for file in "$@"; do
        case $file in
        src/*) echo "-fsanitize=fuzzer-no-link $file $place/$(echo "${file%.c}" | tr / -).o" ;;
        *) echo "-I$tree/include $file $place/$(basename "$file" .c).o" ;;
        esac
    done >"$place/list"
    defines=
    case $place in
    *small*) defines=$small ;;
    esac
    # shellcheck disable=SC2086,SC2016 # lists; $0 to $2 are the inner shell's
    (cd "$tree" && FLAGS="$flags $defines -I$tree/include" xargs -P "$(nproc)" -L 1 sh -c 'clang $FLAGS "$0" -c "$1" -o "$2"') \
        <"$place/list" >"$place/log" 2>&1 && return
    cat "$place/log"
    echo "fuzz: could not compile (clang's libFuzzer is in the package libclang-rt-14-dev)"
    return 1
}

# link_target PLACE TARGET
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
    echo "fuzz: could not link $1/$2"
    return 1
}

# build PLACE: both targets.
build()
{
    # shellcheck disable=SC2046 # lists
    compile "$top" "$top/$1" $(cd "$top" && find src tests/fuzz -name "*.c") && link_target "$1" node_input && link_target "$1" node_sequence
}

# Writes a line of a file each, decoded, into a directory: unpack FILE DIRECTORY
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

rm -rf $directory/node_input.seeds $directory/node_sequence.seeds
python3 tests/fuzz/seeds.py $directory/node_input.seeds || exit 2
unpack tests/fuzz/corpus/node_sequence.txt $directory/node_sequence.seeds || exit 2

# -- Running ------------------------------------------------------------------------------------------------------------

# No crash but a leak, a hang of 5 seconds and more than 512 MiB count as failures too: run PLACE TARGET SECONDS LOG CORPUS
run()
{
    longest=2064
    [ "$2" = node_sequence ] || longest=8192
    mkdir -p "$5"
    "$1/$2" -max_total_time="$3" -timeout=5 -rss_limit_mb=512 -max_len=$longest -print_final_stats=1 -artifact_prefix="$1/" \
        "$5" "$directory/$2.seeds" >"$4" 2>&1
}

# What the log of a failure says first.
noticed()
{
    grep -E -m 1 -o '[a-z_0-9]+\.[ch]:[0-9]+: not true: .*|what leaves is not.*in all|runtime error: .*|ERROR: [A-Za-z]*Sanitizer: [^ ]*|ERROR: libFuzzer: .*' "$1"
}

# fuzz PLACE TARGET SECONDS
fuzz()
{
    log=$1/$2.log
    run "$1" "$2" "$3" "$log" "$directory/$2.corpus"
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    coverage=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ $status -ne 0 ] || [ -z "$runs" ]; then
        noticed "$log"
        grep -E '^ *#[0-9]+ .* in (v6nf_|check_|[a-z_]*handler)' "$log" | head -n 20
        echo "FAIL fuzz $1/$2: $(sed -n 's/.*Test unit written to \(.*\)/input \1, /p' "$log")log $log"
        return 1
    fi
    echo "PASS fuzz $1/$2: $runs runs, $3 s, coverage ${coverage:-0}"
}

# With tables of both sizes, one after the other: fuzz_both TARGET SECONDS
fuzz_both()
{
    fuzz $directory/usual "$1" $((($2 + 1) / 2))
    first=$?
    fuzz $directory/small "$1" $((($2 + 1) / 2)) && return $first
}

# -- Faults -------------------------------------------------------------------------------------------------------------

# try_fault NAME PLACE TARGET FILES EDIT: one line.
try_fault()
{
    tree=$top/$directory/fault.tree
    place=$directory/fault.$2
    rm -rf "$tree" "$place" "$directory/fault.corpus"
    mkdir -p "$tree"
    cp -R src include "$tree/"
    cp -R "$directory/$2" "$place"
    for file in $4; do
        sed -e "$5" "$file" >"$tree/$file"
        if cmp -s "$file" "$tree/$file"; then
            echo "MISSED: $1: the edit changes nothing in $file"
            return 1
        fi
    done
    files=$4
    case $4 in
    *.h) files=$(find src -name "*.c") ;;
    esac
    # shellcheck disable=SC2086 # a list
    if ! compile "$tree" "$top/$place" $files || ! link_target "$place" "$3"; then
        echo "MISSED: $1: it does not compile"
        return 1
    fi
    start=$(date +%s)
    if run "$place" "$3" "${FAULT_SECONDS:-300}" "$place/$3.log" "$directory/fault.corpus"; then
        echo "MISSED: $1: nothing noticed in ${FAULT_SECONDS:-300} s"
        return 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$place/$3.log")
    echo "caught: $1: $(($(date +%s) - start)) s, ${runs:-?} runs: $(noticed "$place/$3.log")"
}

# try_faults NAME...
try_faults()
{
    missed=0
    while IFS='|' read -r name place target file edit; do
        case " $* " in
        '  ' | *" $name "*) try_fault "$name" "$place" "$target" "$file" "$edit" </dev/null || missed=$((missed + 1)) ;;
        esac
    done <tests/fuzz/faults
    [ $missed -eq 0 ]
}

# -- What is asked for --------------------------------------------------------------------------------------------------

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
build $directory/usual || exit 2
build $directory/small || exit 2
if [ -z "$seconds" ]; then
    shift
    try_faults "$@"
    exit
fi
fuzz_both node_input "$seconds" >$directory/node_input.line &
first=$!
fuzz_both node_sequence "$seconds" >$directory/node_sequence.line &
second=$!
failed=0
wait $first || failed=1
wait $second || failed=1
cat $directory/node_input.line $directory/node_sequence.line
exit $failed
