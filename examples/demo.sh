#!/bin/sh
# Show a node of this library and the Linux kernel talking to each other: sh examples/demo.sh
#
# Build the examples, and run them in a network namespace that ends with this script. This needs root (it uses sudo), or
# a machine on which users may make namespaces and open /dev/net/tun. Exit with 0 if all went well.
set -u
cd "$(dirname "$0")/.." || exit 1
script=demo.sh
# shellcheck source=examples/namespace.sh
. examples/namespace.sh
programs=build/release/examples
near=v6nf1 # a pair of veth interfaces: AF_XDP is on this one,
far=v6nf2  # and the kernel on that one
xdp_kernel=fd00:7::1
xdp_node=fd00:7::2
pings=20000
pause=50 # microseconds

outside()
{
    build release -DV6NF_BUILD_TESTS=OFF
    ls "$programs/echo" "$programs/ping"
    # shellcheck disable=SC2119
    go_inside
}

start_echo()
{
    echo "\$ $programs/echo --tap $tap --mac $node_mac --address $node/64 &"
    "$programs/echo" --tap "$tap" --mac "$node_mac" --address "$node/64" >"$output" 2>&1 &
    echo=$!
    wait_for_text "$output" "listening on" "$echo" 100
    shown=0
    show_output
}

stop_echo()
{
    echo "\$ kill $echo"
    kill "$echo"
    wait "$echo"
    status=$?
    echo=
    show_output
    [ $status -eq 0 ] || fail "echo ended with status $status, not 0"
}

# Print the CPU time of the node's process, and of what the kernel does on its behalf, in nanoseconds.
cpu_time()
{
    cut -d ' ' -f 1 "/proc/$echo/schedstat"
}

# Keep 64 Echo Requests under way, and print what a reply costs: print_cost NAME ADDRESS
print_cost()
{
    before=$(cpu_time)
    replies=$(ping -6 -n -q -f -l 64 -c "$pings" -w 5 "$2" | awk '/received/ { print $4 }')
    after=$(cpu_time)
    [ "${replies:-0}" -gt 0 ] || fail "$1: there was no reply"
    echo "$1: $replies replies, $(((after - before) / replies)) ns of CPU each"
}

# Start a node without showing it: start_quietly OPTION... Return false if it refuses. End the script if it fails.
start_quietly()
{
    : >"$output" # before the loop below reads what an earlier node has written
    "$programs/echo" "$@" --mac "$node_mac" --no-slaac >>"$output" 2>&1 &
    echo=$!
    tries=0
    until grep -q "listening on" "$output"; do
        tries=$((tries + 1))
        if ! kill -0 "$echo" 2>/dev/null; then
            wait "$echo"
            status=$?
            echo=
            [ $status -eq 2 ] || fail "echo ended with status $status: $(cat "$output")"
            return 1
        fi
        [ $tries -lt 100 ] || fail "the node did not start: $(cat "$output")"
        sleep 0.1
    done
}

end_quietly()
{
    end_process "$echo"
    echo=
}

# Compare the cost of a reply on a TAP and by AF_XDP. Users other than root may not use AF_XDP.
compare_costs()
{
    if [ ! -r /proc/self/schedstat ]; then
        echo "This kernel does not count the CPU time of a process in nanoseconds."
        return
    fi
    start_quietly --tap "$tap" --address "$node/64" || fail "$(cat "$output")"
    print_cost TAP "$node"
    end_quietly
    if ! ip link add name "$near" type veth peer name "$far" 2>/dev/null; then
        echo "AF_XDP: not shown, because this kernel has no veth interfaces"
        return
    fi
    { echo 1 >"/proc/sys/net/ipv6/conf/$near/disable_ipv6"; } 2>/dev/null # the node is alone on its side
    ip address add "$xdp_kernel/64" dev "$far" nodad
    ip link set dev "$near" up
    ip link set dev "$far" up
    if start_quietly --xdp "$near" --address "$xdp_node/64"; then
        print_cost "AF_XDP ($(sed -n 's/.*AF_XDP on [^:]*: *//p' "$output" | tr -d '\r'))" "$xdp_node"
        end_quietly
        start_quietly --xdp "$near" --xdp-pause "$pause" --address "$xdp_node/64" || fail "$(cat "$output")"
        print_cost "AF_XDP (frames collect for $pause us)" "$xdp_node"
        end_quietly
    else
        echo "AF_XDP: not possible here: $(tail -n 1 "$output")"
    fi
    ip link delete dev "$near"
}

clean_up()
{
    end_process "$echo"
    rm -f "$output"
}

inside()
{
    echo=
    start_inside
    make_tap
    heading "The node starts, and detects duplicates of its addresses"
    start_echo
    talk_to_node
    heading "The node stops, and prints its counters"
    stop_echo
    heading "Conversely, a node pings the kernel"
    show "$programs/ping" --tap "$tap" --address "$node/64" --count 3 --interval 0.3 "$kernel"
    heading "CPU time of a reply: on a TAP, and by AF_XDP on a veth interface"
    compare_costs
    heading "All went well"
}

case ${1:-} in
--inside) inside ;;
"") outside ;;
*)
    echo "usage: sh examples/demo.sh" >&2
    exit 2
    ;;
esac
