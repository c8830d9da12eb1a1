# shellcheck shell=sh disable=SC2034,SC2154
#
# namespace.sh: shared by the scripts of this directory: show commands, build, enter a network namespace, and talk to a
# node there as the kernel. A script that reads this sets `script` to its own name, and is started again with --inside
# in its namespace.

tap=v6nf0
kernel=fd00:6::1
node=fd00:6::2
node_mac=02:00:00:00:00:06
largest=1452 # bytes of data in a packet of 1500 bytes

heading()
{
    printf '\n== %s\n' "$*"
}

fail()
{
    echo "$script: $*" >&2
    exit 1
}

# Show a command and run it. End the script if it fails.
show()
{
    echo "\$ $*"
    "$@" || fail "\"$*\" ended with status $?, not 0"
}

# -- Outside: build, and enter a namespace -----------------------------------------------------------------------------

has_tools()
{
    for tool in cc make cmake ip ping bash unshare; do
        command -v "$tool" >/dev/null || return 1
    done
}

need_tools()
{
    has_tools || sh tests/packages.sh build demo ||
        fail "a compiler, make, cmake, iproute2 and iputils-ping are needed; see above why they are missing"
}

# Configure and build: build PRESET [CMAKE_OPTION...]
build()
{
    need_tools
    heading "Building the examples"
    log=$(mktemp) || fail "cannot make a temporary file"
    { cmake --preset "$@" && cmake --build --preset "$1"; } >"$log" 2>&1
    status=$?
    [ $status -eq 0 ] || cat "$log" >&2
    rm -f "$log"
    [ $status -eq 0 ] || fail "the build failed; see above (CMake 3.25 or newer is needed)"
}

can_make_tap()
{
    "$@" ip tuntap add dev "$tap" mode tap 2>/dev/null
}

# Print the command that runs another one in a new network namespace.
find_command()
{
    if [ "$(id -u)" -eq 0 ]; then
        can_make_tap unshare -n && echo "unshare -n"
    elif can_make_tap unshare -Urn; then
        echo "unshare -Urn"
    elif command -v sudo >/dev/null; then
        can_make_tap sudo unshare -n && echo "sudo unshare -n"
    else
        false
    fi
}

explain_failure()
{
    if [ ! -e /dev/net/tun ]; then
        echo "/dev/net/tun is missing. Load the module (modprobe tun), or run the container with --device /dev/net/tun"
    elif [ "$(id -u)" -eq 0 ]; then
        echo "root lacks the right. Start the container with --cap-add NET_ADMIN --cap-add SYS_ADMIN, or --privileged"
    elif ! unshare -Urn true 2>/dev/null; then
        echo "users may not make namespaces. Run this as root, or install sudo"
    else
        echo "users may not open /dev/net/tun, or be root in a namespace. Run this as root, or install sudo"
    fi
}

# Start the script again in a namespace, with these arguments.
go_inside()
{
    heading "Making a network namespace"
    inside=$(find_command) || fail "cannot make a TAP interface in a network namespace: $(explain_failure)"
    echo "with: $inside"
    # shellcheck disable=SC2086
    exec $inside sh "examples/$script" --inside "$@"
}

# -- Inside ------------------------------------------------------------------------------------------------------------

# Make a file for the output, and run `clean_up` at every end.
start_inside()
{
    output=$(mktemp) || fail "cannot make a temporary file"
    trap clean_up EXIT
    trap 'exit 130' HUP INT TERM
}

# End a process that the script has started: end_process PID. PID may be empty.
end_process()
{
    [ -z "$1" ] || { kill "$1" && wait "$1"; } 2>/dev/null
}

# Show the lines of the file $output after the first $shown.
show_output()
{
    now=$(wc -l <"$output")
    head -n "$now" "$output" | tail -n +$((shown + 1))
    shown=$now
}

set_kernel()
{
    echo "$2" >"/proc/sys/net/ipv6/conf/$tap/$1" || fail "this kernel has no IPv6"
}

make_tap()
{
    show ip tuntap add dev "$tap" mode tap
    # The kernel's addresses are usable at once, and it does not solicit routers.
    set_kernel accept_dad 0
    set_kernel router_solicitations 0
    set_kernel accept_ra 0
    show ip link set dev "$tap" up
    show ip address add "$kernel/64" dev "$tap" nodad
}

# Wait until the process $3 has written the text $2 to the file $1, for at most $4 tenths of a second.
wait_for_text()
{
    tries=0
    until grep -q "$2" "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt "$4" ] || ! kill -0 "$3" 2>/dev/null; then
            fail "the node did not print \"$2\", but: $(cat "$1")"
        fi
        sleep 0.1
    done
}

ping_node()
{
    show ping -6 -n -c 3 -i 0.3 -w 5 "$@"
}

# Send $1 to UDP port 7 of the node and show the reply. bash can do that without another package.
udp_exchange()
{
    # shellcheck disable=SC2016
    reply=$(timeout 5 bash -c 'exec 3<>"/dev/udp/$1/7" && printf %s "$2" >&3 && dd bs=2048 count=1 status=none <&3' \
        bash "$node" "$1")
    echo "sent:     $(echo "$1" | cut -c 1-60) (${#1} bytes)"
    echo "received: $(echo "$reply" | cut -c 1-60) (${#reply} bytes)"
    [ "$reply" = "$1" ] || fail "UDP port 7 did not return the datagram"
}

# Talk to the node whose addresses are in `output`.
talk_to_node()
{
    node_link_local=$(sed -n 's/^listening on \(fe80:[^,]*\),.*/\1/p' "$output" | tr -d '\r')
    heading "The kernel pings its link-local address"
    ping_node "$node_link_local%$tap"
    heading "The kernel pings its global address"
    ping_node "$node"
    heading "With a packet as long as the MTU"
    ping_node -s "$largest" "$node"
    heading "The kernel sends to UDP port 7, which echoes"
    udp_exchange "Hello, node!"
    udp_exchange "$(printf "%0${largest}d" 0)"
}
