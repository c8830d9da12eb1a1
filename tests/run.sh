#!/bin/sh
# Install what is missing on Debian 12 or Ubuntu, build everything and run every test: sh tests/run.sh [--long]
#
# With --long the fuzzers search for half an hour instead of a minute.
#
# Print one line for each test: PASS, FAIL or SKIP, its name, its seconds (unless one script runs several), and the
# reason of a skip. Logs are in build/logs/. With CI=true a skip is a failure. Exit with 0 if nothing failed. Some tests
# run in parallel to others, so that no core waits; they take longer than alone. After each part of the run, a line
# "part" has its seconds, and those for which cores were idle: one that is idle for the whole part counts as much.
set -u
cd "$(dirname "$0")/.." || exit 2
case ${1:-} in
'') fuzz_seconds=60 ;;
--long) fuzz_seconds=1800 ;;
*)
    echo "run.sh: unknown argument '$1'; usage: sh tests/run.sh [--long]"
    exit 2
    ;;
esac
logs=build/logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0
failed=0
skipped=0
started=

# Each parallel test is a session of its own, so that it can be ended with all of its processes.
end_started()
{
    for pid in $started; do
        kill -- "-$pid" 2>/dev/null
    done
}
trap end_started EXIT
trap 'exit 1' HUP INT TERM

# Count and print one result: count PASS|FAIL|SKIP TEXT...
count()
{
    verdict=$1
    shift
    [ "$verdict" != SKIP ] || [ "${CI:-}" != true ] || verdict=FAIL
    case $verdict in
    PASS) passed=$((passed + 1)) ;;
    FAIL) failed=$((failed + 1)) ;;
    SKIP) skipped=$((skipped + 1)) ;;
    esac
    echo "$verdict $*"
}

show_end()
{
    tail -n 40 "$1" | sed 's/^/    /'
}

# Print how long the run took since the last call: part NAME
part()
{
    now=$(date +%s)
    idle=$(awk -v each="$(getconf CLK_TCK)" '/^cpu / { print int(($5 + $6) / each) }' /proc/stat)
    [ $# -eq 0 ] || echo "part $1: $((now - part_began)) s, cores idle for $((idle - part_idle)) s"
    part_began=$now
    part_idle=$idle
}

# log_of NAME
log_of()
{
    echo "$logs/$(echo "$1" | tr / -).log"
}

# Run a command without output. Set status, seconds and log: run NAME COMMAND...
run()
{
    log=$(log_of "$1")
    shift
    start=$(date +%s)
    "$@" >"$log" 2>&1
    status=$?
    seconds=$(($(date +%s) - start))
}

# Start a test in parallel to the following ones, to which it yields: start NAME NICENESS COMMAND...
start()
{
    log=$(log_of "$1")
    niceness=$2
    shift 2
    # shellcheck disable=SC2016
    setsid nice -n "$niceness" sh -c '
        start=$(date +%s)
        "$@"
        status=$?
        echo $(($(date +%s) - start)) >"$0"
        exit $status
    ' "$log.seconds" "$@" >"$log" 2>&1 &
    echo $! >"$log.pid"
    started="$started $!"
}

# Wait for a test of start() and count it: finish NAME
finish()
{
    log=$(log_of "$1")
    pid=$(cat "$log.pid")
    wait "$pid"
    status=$?
    seconds=$(cat "$log.seconds" 2>/dev/null || echo "it was killed")
    kill -- "-$pid" 2>/dev/null # processes that it may have left
    started=$(echo "$started " | sed "s/ $pid / /")
    verdict "$1"
}

# Run a command as one test: check NAME COMMAND...
check()
{
    run "$@"
    verdict "$1"
}

# Count a test by its exit status: verdict NAME. 77 is a skip: the last line then states the reason, and what to
# install.
verdict()
{
    case $status in
    0) count PASS "$1" "$seconds" ;;
    77) count SKIP "$1" "$seconds: $(tail -n 1 "$log")" ;;
    *)
        count FAIL "$1" "$seconds"
        show_end "$log"
        ;;
    esac
    return $status
}

# Run a command that prints a line PASS, FAIL or SKIP for each of its tests: suite NAME COMMAND...
suite()
{
    run "$@"
    grep -E '^(PASS|FAIL|SKIP) ' "$log" >"$logs/lines"
    while read -r verdict text; do
        count "$verdict" "$1/$text"
    done <"$logs/lines"
    # A failure without a line shows in the exit status.
    case $status in
    0 | 77) [ -s "$logs/lines" ] || count FAIL "$1" "$seconds: no results" ;;
    *)
        grep -q '^FAIL ' "$logs/lines" || count FAIL "$1" "$seconds: exit status $status"
        show_end "$log"
        ;;
    esac
}

# Make the Debian packages, and use them.
packages()
{
    rm -f build/package/*.deb
    cmake --workflow --preset package && sh tests/system/install.sh --packages build/package
}

# Build a preset and run each of its CTest tests as one test: preset NAME COMPILER PACKAGE
preset()
{
    check "$1/build" build "$@" || return
    tests=$(ctest --preset "$1" --show-only | sed -n 's/^ *Test *#[0-9]*: //p')
    [ -n "$tests" ] || count FAIL "$1/tests" "0: the preset has no tests"
    for test in $tests; do
        check "$1/$test" ctest_one "$1" "$test"
    done
    part "$1"
}

build()
{
    command -v "$2" || { echo "$2 is missing: apt-get install $3"; return 77; }
    cmake --preset "$1" && cmake --build --preset "$1" --parallel "$(nproc)"
}

# docs BUILD: the API reference as a user builds it.
docs()
{
    command -v doxygen >/dev/null || { echo "there is no doxygen: apt-get install doxygen"; return 77; }
    cmake --build "$1" --target docs && ls "$1/docs/html/index.html"
}

# A program that passed but skipped some of its tests is a skip. The line before the first of them states the reason.
ctest_one()
{
    ctest --preset "$1" --verbose --tests-regex "^$2\$" >"$logs/ctest" 2>&1
    ctest_status=$?
    cat "$logs/ctest"
    [ $ctest_status -eq 0 ] || return 1
    sed -n 's/^[0-9]*: //p' "$logs/ctest" | grep -B 1 '^\[  SKIPPED \]' >"$logs/lines" || return 0
    head -n 1 "$logs/lines"
    return 77
}

part
run_began=$part_began
sh tests/packages.sh build test
sh tests/packages.sh qemu
sh tests/packages.sh kernel
sh tests/packages.sh lwip
part packages

# Each of these keeps a core busy, without a limit in real time, and needs nothing that is built below.
start proof/ring 19 sh tests/proof/spin.sh ring
start proof/shm 19 sh tests/proof/spin.sh shm
start bench 19 sh tests/bench/run.sh --check
start model/mutants 19 sh tests/model/mutants.sh

preset debug gcc build-essential
preset clang clang clang
preset small gcc build-essential
preset full gcc build-essential
preset sanitizers gcc build-essential
preset release gcc build-essential
preset size gcc build-essential
check large/build build large gcc build-essential
check x86_64/build build x86_64 gcc build-essential
check aarch64/build build aarch64 aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
check riscv64/build build riscv64 riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
check cortex-m/build build cortex-m arm-none-eabi-gcc gcc-arm-none-eabi
check template/build build template gcc build-essential
part boards

check layers python3 tests/system/layers.py
check style python3 tests/system/style.py
check reference python3 tests/system/reference.py
check docs docs build/release
check freestanding/release sh tests/system/freestanding.sh build/release/libv6nf.a
check freestanding/size sh tests/system/freestanding.sh build/size/libv6nf.a
check freestanding/clang sh tests/system/freestanding.sh build/clang/libv6nf.a
check freestanding/cortex-m sh tests/system/freestanding.sh build/cortex-m/libv6nf.a
check readme python3 tests/system/readme.py build/release
check install sh tests/system/install.sh build/release
check packages packages
suite install_board python3 tests/system/install_board.py build
part pages

# Provers have a time limit for each goal: run them in parallel to tests that mostly wait.
start proof 10 sh tests/proof/run.sh
suite linux_peer python3 tests/system/linux_peer.py build/release/examples
suite linux_mld python3 tests/system/linux_mld.py build/release/examples
suite event python3 tests/system/event.py build/release/examples
suite functions python3 tests/system/functions.py build/release/examples
suite router python3 tests/system/router.py build/release/examples
suite oracle python3 tests/system/oracle.py build/release/examples
suite oracle_functions python3 tests/system/oracle_functions.py build/release/examples
suite dpdk python3 tests/system/dpdk.py build/release/examples
suite xdp python3 tests/system/xdp.py build/release/examples
suite latency python3 tests/system/latency.py build/release/examples
check side_by_side sh tests/bench/side_by_side.sh --quick
suite many_peers python3 tests/system/many_peers.py build/large/examples
suite idle python3 tests/system/idle.py build/release/examples
suite debian_peers python3 tests/system/debian_peers.py build/release/examples
check conformance/linux sh tests/conformance/linux.sh --quick build/release/tests/conformance
check demo sh examples/demo.sh
part peers
finish proof
part proof

suite qemu python3 tests/system/qemu.py build
part qemu
suite linux_pci python3 tests/system/linux_pci.py build/release/examples
suite linux_cores python3 tests/system/linux_cores.py build/release/examples
part linux
check fuzz sh tests/fuzz/run.sh "$fuzz_seconds"
part fuzz

finish proof/ring
finish proof/shm
finish model/mutants
finish bench && sed 's/^/    /' "$logs/bench.log"
part rest

echo "$passed passed, $failed failed, $skipped skipped, $((part_began - run_began)) s"
[ $failed -eq 0 ]
