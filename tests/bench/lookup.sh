# lookup.sh: look-ups of the longest prefix. For run.sh, which sets CC, root, bench, build, library_flags and
# harness_flags.
# shellcheck shell=sh disable=SC2046,SC2086,SC2154

# count_look_up PROGRAM ARGUMENT FUNCTION: set each, the instructions of one key.
count_look_up() {
    output=$build/count-$1-$2
    rm -f "$output"*
    valgrind --tool=callgrind --quiet --collect-atstart=no --toggle-collect="$3" --log-file="$output.log" \
        --callgrind-out-file="$output" "$build/$1" "$2" >/dev/null || fail "counting $1 $2 failed, see $output.log"
    each=$(awk '/^(summary|totals): / { sum = $2 } END { printf "%.1f", sum / 20000 }' "$output")
}

# count_build PREFIXES: set total, the instructions of a whole build, and longest, those of its longest step.
count_build() {
    output=$build/count-build-$1
    rm -f "$output"*
    valgrind --tool=callgrind --quiet --collect-atstart=no --toggle-collect=build_step --dump-after=build_step \
        --combine-dumps=yes --log-file="$output.log" --callgrind-out-file="$output" "$build/lookup" "$1" ||
        fail "counting the build of a table failed, see $output.log"
    set -- $(awk '/^summary: / { sum += $2; if ($2 > longest) longest = $2 } END { print sum + 0, longest + 0 }' \
        "$output")
    total=$1
    longest=$2
    rm -f "$output"
}

# measure_lookup: a look-up with 64 and with 230,000 prefixes, the memory, and a build.
measure_lookup() {
    "$CC" $library_flags -D_DEFAULT_SOURCE -I"$root/include" -c -o "$build/lookup-main.o" "$bench/lookup.c"
    "$CC" $harness_flags -I"$root/include" -o "$build/lookup" "$build/lookup-main.o" \
        "$root/tests/unit/table/fixture_prefixes.c" "$root/tests/unit/table/fixture_table.c" \
        "$build"/src-table-*.o "$build/src-wire-bytes.o"
    count_look_up lookup 64 look_up
    budget lookup-64 "$each" 65
    count_look_up lookup 230000 look_up
    budget lookup-230000 "$each" 70
    "$build/lookup" 230000 time >"$build/time-lookup" || fail "timing look-ups failed"
    budget lookup-230000-bytes "$(look_up "$build/time-lookup" bytes)" 10000000
    count_build 230000
    budget lookup-230000-build-instructions "$total" 300000000
    budget lookup-230000-step-instructions "$longest" 60000
    for name in steps add-ms build-ms nanoseconds bytes-all; do
        row info "lookup-230000-$name" "$(look_up "$build/time-lookup" "$name")"
    done
}
