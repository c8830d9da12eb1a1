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
