# scale.sh: build scale.c with a subject, and measure it. For run.sh and peers.sh, which set CC, root, bench, build,
# library_flags, harness_flags, lwip_flags and lwip_source.
# shellcheck shell=sh disable=SC2016,SC2034,SC2046,SC2086,SC2154

# build_scale NAME TREE FLAG...: the library of TREE with other sizes of its tables.
build_scale() {
    scale=$build/scale-$1
    tree=$2
    shift 2
    mkdir -p "$scale"
    sources=$(cd "$tree" && find src/wire src/node src/table -name '*.c' ! -name '*_valid.c' | sort)
    echo "$sources" | xargs -P "$(nproc)" -I FILE sh -c '
        object=$1/$(echo "${3%.c}" | tr / -).o
        file=$2/$3
        shift 3
        "$@" -c -o "$object" "$file"' - "$scale" "$tree" FILE "$CC" $library_flags "$@" -I"$tree/include" ||
        fail "$scale cannot be built"
    "$CC" $harness_flags "$@" -I"$tree/include" -DSCALE_SUBJECT=subject_v6nf -o "$scale/scale" "$bench/scale.c" \
        "$bench/packets.c" "$bench/subject_v6nf.c" "$scale"/src-*.o
}

# build_scale_lwip NAME FLAG...: lwIP, from its source, with other sizes of its tables.
build_scale_lwip() {
    scale=$build/scale-$1
    shift
    mkdir -p "$scale"
    for source in "$lwip_source"/src/core/*.c "$lwip_source"/src/core/ipv6/*.c "$lwip_source/src/netif/ethernet.c" \
        "$bench/subject_lwip.c"; do
        "$CC" $lwip_flags "$@" -isystem "$bench/lwip" -isystem "$lwip_source/src/include" -c \
            -o "$scale/lwip-$(basename "${source%.c}").o" "$source"
    done
    for source in scale packets; do
        "$CC" $harness_flags -DSCALE_SUBJECT=subject_lwip -c -o "$scale/harness-$source.o" "$bench/$source.c"
    done
    "$CC" $lwip_flags -flto-partition=one -o "$scale/scale" "$scale"/*.o
}

# count_scale NAME TOGGLES WORK PEERS SAMPLE: set each to the instructions per packet or tick, answers and
# solicitations to their number in the sample. TOGGLES are the functions at which callgrind switches, with commas.
count_scale() {
    output=$build/scale-$1/$3-$4
    rm -f "$output".callgrind*
    valgrind --tool=callgrind --quiet --instr-atstart=no --collect-atstart=no \
        $(echo "$2" | sed 's/[^,]*/--toggle-collect=&/g; s/,/ /g') --callgrind-out-file="$output.callgrind" \
        "$build/scale-$1/scale" "$3" "$4" "$5" >"$output" || fail "$3 $4 with $1 failed"
    each=$(awk '
        /^desc: Trigger: Client Request: / { packets = $6 }
        /^desc: Trigger: Program termination/ { packets = 0 }
        /^summary: / && packets > 0 { printf "%.1f", $2 / packets }
    ' "$output".callgrind*)
    rm -f "$output".callgrind*
    [ -n "$each" ] || fail "no figure for $3 $4 with $1"
    answers=$(awk '{ print $5 }' "$output")
    solicitations=$(awk '{ print $7 }' "$output")
}

# time_scale NAME WORK PEERS SAMPLE: set nanoseconds, per packet, of the best of three runs.
time_scale() {
    nanoseconds=$(for _ in 1 2 3; do
        "$build/scale-$1/scale" "$2" "$3" "$4" || exit 1
    done | awk '{ print $9 }' | sort -n | head -n 1)
    [ -n "$nanoseconds" ] || fail "no time of $2 $3 with $1"
}
