#!/bin/sh
# Fuzzes the node with libFuzzer: sh tests/fuzz/run.sh [SECONDS]
#
# node_input drives one frame after the other into a node (seeds: seeds.py), for SECONDS (60); node_sequence a node's whole life
# (seeds: corpus/node_sequence.txt, an input in base64 a line), for half as long, at the same time. Both are built into
# build/fuzz. What they find stays in build/fuzz/TARGET.corpus and is where the next run goes on. One line a target, PASS or FAIL; of
# a failure it names the input, which is run again with
#     build/fuzz/TARGET FILE
# To add what a long run found to corpus/: build/fuzz/node_sequence -merge=1 NEW build/fuzz/node_sequence.corpus, and each file of NEW
# as a line. Exits with 0 for PASS, 1 for FAIL, 77 if a tool is missing, 2 if nothing could be built.
set -u
seconds=${1:-60}
cd "$(dirname "$0")/../.." || exit 2
directory=build/fuzz

case $seconds in
'' | *[!0-9]* | 0)
    echo "fuzz: '$seconds' is not a number of seconds: sh tests/fuzz/run.sh [SECONDS]"
    exit 2
    ;;
esac
for tool in clang python3; do
    command -v $tool >/dev/null || { echo "fuzz: there is no $tool: apt-get install $tool"; exit 77; }
done
mkdir -p $directory

build()
{
    clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
        -Iinclude "tests/fuzz/$1.c" src/*/*.c -o "$directory/$1" 2>"$directory/$1.log" && return
    cat "$directory/$1.log"
    echo "fuzz: could not build $directory/$1 (clang's libFuzzer is in the package libclang-rt-14-dev)"
    exit 2
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

# No crash but a leak, a hang of 5 seconds and more than 512 MiB count as failures too: fuzz TARGET SECONDS LONGEST
fuzz()
{
    log=$directory/$1.log
    mkdir -p "$directory/$1.corpus"
    "$directory/$1" -max_total_time="$2" -timeout=5 -rss_limit_mb=512 -max_len="$3" -print_final_stats=1 \
        -artifact_prefix=$directory/ "$directory/$1.corpus" "$directory/$1.seeds" >"$log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    coverage=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ $status -ne 0 ] || [ -z "$runs" ]; then
        grep -E 'not true|runtime error|ERROR:|^ *#[0-9]+ .* in (v6nf_|one_|check_|[a-z_]*handler)' "$log" | head -n 20
        echo "FAIL fuzz $1: $(sed -n 's/.*Test unit written to \(.*\)/input \1, /p' "$log")log $log"
        return 1
    fi
    echo "PASS fuzz $1: $runs runs, $2 s, coverage ${coverage:-0}"
}

build node_input &
first=$!
build node_sequence &
second=$!
wait $first || exit 2
wait $second || exit 2
python3 tests/fuzz/seeds.py $directory/node_input.seeds || exit 2
unpack tests/fuzz/corpus/node_sequence.txt $directory/node_sequence.seeds || exit 2
failed=0
fuzz node_input "$seconds" 8192 >$directory/node_input.line &
first=$!
fuzz node_sequence $(((seconds + 1) / 2)) 2048 >$directory/node_sequence.line &
second=$!
wait $first || failed=1
wait $second || failed=1
cat $directory/node_input.line $directory/node_sequence.line
exit $failed
