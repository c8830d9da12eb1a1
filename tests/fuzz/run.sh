#!/bin/sh
# Fuzzes the node's input with libFuzzer: sh tests/fuzz/run.sh [SECONDS]
#
# Builds into build/fuzz, writes the seeds there and fuzzes for SECONDS (60). What it finds stays in build/fuzz/corpus
# and is where the next run goes on. The last line is PASS or FAIL; of a failure it names the input,
# which is run again with
#     build/fuzz/node_input FILE
# Exits with 0 for PASS, 1 for FAIL, 77 if a tool is missing, 2 if nothing could be built.
set -u
seconds=${1:-60}
cd "$(dirname "$0")/../.." || exit 2
directory=build/fuzz
target=$directory/node_input
log=$directory/log

case $seconds in
'' | *[!0-9]* | 0)
    echo "fuzz: '$seconds' is not a number of seconds: sh tests/fuzz/run.sh [SECONDS]"
    exit 2
    ;;
esac
for tool in clang python3; do
    command -v $tool >/dev/null || { echo "fuzz: there is no $tool: apt-get install $tool"; exit 77; }
done
mkdir -p $directory/corpus

if ! clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -Iinclude tests/fuzz/node_input.c src/*/*.c -o $target 2>$log; then
    cat $log
    echo "fuzz: could not build $target (clang's libFuzzer is in the package libclang-rt-14-dev)"
    exit 2
fi
python3 tests/fuzz/seeds.py $directory/seeds || exit 2

# No crash but a leak, a hang of 5 seconds and more than 512 MiB count as failures too.
$target -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix=$directory/ $directory/corpus $directory/seeds >$log 2>&1
status=$?
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' $log)
coverage=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' $log | tail -n 1)
if [ $status -ne 0 ] || [ -z "$runs" ]; then
    grep -E 'not true|runtime error|ERROR:|^ *#[0-9]+ .* in (v6nf_|one_|check_|[a-z_]*handler)' $log | head -n 20
    echo "FAIL fuzz node_input: $(sed -n 's/.*Test unit written to \(.*\)/input \1, /p' $log)log $log"
    exit 1
fi
echo "PASS fuzz node_input: $runs runs, $seconds s, coverage ${coverage:-0}"
