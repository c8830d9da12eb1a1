# cores.sh: what several cores share, and what they bring. For run.sh, which sets CC, root, bench, build, library_flags
# and harness_flags.
# shellcheck shell=sh disable=SC2015,SC2034,SC2046,SC2086,SC2154

# cores_sources NAME: print the files of a network function, its runner, and what they use.
cores_sources() {
    echo "examples/nf/$1.c examples/nf/run.c examples/nf/threads.c src/nf/mld_snooping.c"
    (
        cd "$root" || exit
        for folder in src/text src/wire src/table drivers/ring drivers/forward drivers/nic drivers/pci \
            drivers/virtio drivers/virtio_ring drivers/virtio_transport drivers/virtqueue drivers/paravirtual; do
            find "$folder" -name '*.c' ! -name '*_valid.c'
        done
    )
}

# compile_cores NAME: compile the agents of a network function, with their runner, on cards in memory.
compile_cores() {
    objects=
    for source in $(cores_sources "$1"); do
        object=$build/cores-$(echo "${source%.c}" | tr / -).o
        objects="$objects $object"
        "$CC" $library_flags -ffunction-sections -I"$root/include" -DNF_OUTPUTS=1u -c -o "$object" "$root/$source"
    done
    "$CC" $harness_flags -I"$root/include" -DNF_OUTPUTS=1u -o "$build/cores-$1" "$bench/cores.c" \
        "$bench/ring_frames.c" $objects -pthread -Wl,--gc-sections -Wl,--wrap=nf_run_agent
}

# count_races NAME: set races, what ThreadSanitizer reports about two agents that run freely; - if it cannot run here.
count_races() {
    set -- "$1" "$build/cores-races-$1"
    (
        cd "$root" || exit
        "$CC" -std=c11 -O1 -g -fsanitize=thread -Iinclude -DNF_OUTPUTS=1u -o "$2" "$bench/cores.c" \
            "$bench/ring_frames.c" $(cores_sources "$1") -ffunction-sections -pthread -Wl,--gc-sections \
            -Wl,--wrap=nf_run_agent
    )
    setarch -R "$2" time 2 >"$2.log" 2>&1 || true
    if grep -q '^FATAL\|setarch' "$2.log"; then
        races=-
    else
        races=$(grep -c '^WARNING: ThreadSanitizer' "$2.log" || true)
    fi
}

# count_shared NAME [packed]: set shared, the 64-byte lines that one agent writes and the other reads or writes, in the
# turns of two agents; and touched, all lines.
count_shared() {
    set -- "$1" $(valgrind --tool=lackey --trace-mem=yes --log-fd=1 "$build/cores-$1" trace ${2:+"$2"} | awk '
        / in [0-9]+$/ { agent = $NF; inside = 1; turns++ }
        / out$/ { inside = 0 }
        inside && /^ [LSM] / {
            address = $2
            sub(/,.*/, "", address)
            end = length(address)
            line = substr(address, 1, end - 2) "." int(index("123456789abcdef", substr(address, end - 1, 1)) / 4)
            all[line] = 1
            touches[agent, line] = 1
            if ($1 != "L") {
                writes[agent, line] = 1
            }
        }
        END {
            for (line in all) {
                lines++
                if (((0, line) in writes && (1, line) in touches) || ((1, line) in writes && (0, line) in touches)) {
                    shared++
                }
            }
            print shared + 0, lines + 0, turns + 0
        }
    ')
    [ $# -eq 4 ] && [ "$4" -ge 500 ] || fail "no trace of the agents of $1"
    shared=$2
    touched=$3
}

# best_rate NAME AGENTS: set rate, packets per second of all agents, the best of three runs.
best_rate() {
    rate=$(for run in 1 2 3; do "$build/cores-$1" time "$2" || exit; done | sort -n | tail -n 1)
    [ -n "$rate" ] || fail "no rate of $1"
}

# The tool is tried on agents whose memory is packed: it must find lines.
measure_cores() {
    compile_cores noop
    status=0
    "$build/cores-noop" trace || status=$?
    if [ "$status" -eq 77 ]; then
        row info cores-missing "this machine has one core"
        return 0
    fi
    count_shared noop packed
    [ "$shared" -gt 0 ] || fail "lackey shows no shared line where there must be some"
    for name in noop mac_write mac_lookup policer bridge; do
        compile_cores "$name"
        count_shared "$name"
        budget "cores-shared-lines-$name" "$shared" 0
        row info "cores-lines-$name" "$touched"
        count_races "$name"
        [ "$races" = - ] || budget "cores-races-$name" "$races" 0
    done
    for name in noop policer; do
        best_rate "$name" 1
        one=$rate
        best_rate "$name" 2
        row info "cores-$name-packets-per-second-1" "$one"
        row info "cores-$name-packets-per-second-2" "$rate"
        row info "cores-$name-ratio" "$(echo "$one $rate" | awk '{ printf "%.1f", $2 / $1 }')"
    done
}
