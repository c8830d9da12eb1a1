# shellcheck shell=sh disable=SC2034,SC2154
# namespace.sh: what the scripts here share: how they show what they do, build, enter a network namespace of their own,
# and talk to a node there as the kernel. A script that reads this has named itself in `script`, and goes on with
# --inside in its namespace.

tap=v6nf0
kernel=fd00:6::1
node=fd00:6::2
node_mac=02:00:00:00:00:06
largest=1452 # bytes of data that fill the MTU of 1500

heading()
{
    printf '\n== %s\n' "$*"
}

fail()
{
    echo "$script: $*" >&2
    exit 1
}

# Shows a command and runs it; the script ends if it fails.
show()
{
    echo "\$ $*"
    "$@" || fail "\"$*\" ended with status $?, and should have succeeded"
}

# -- Outside: build, and find a way to a namespace ---------------------------------------------------------------------

has_tools()
{
    for tool in cc make cmake ip ping bash unshare; do
        command -v "$tool" >/dev/null || return 1
    done
}

need_tools()
{
    has_tools || sh tests/packages.sh build demo ||
        fail "a compiler, make, cmake, iproute2 and iputils-ping are needed; see above why they are not there"
}

# Configures and builds: build PRESET [CMAKE_OPTION...]
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

# Prints the command that starts another one in a network namespace of its own.
way_inside()
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

why_no_way()
{
    if [ ! -e /dev/net/tun ]; then
        echo "there is no /dev/net/tun. Load the module (modprobe tun), or give the container --device /dev/net/tun"
    elif [ "$(id -u)" -eq 0 ]; then
        echo "this root may not. Start the container with --cap-add NET_ADMIN --cap-add SYS_ADMIN, or with --privileged"
    elif ! unshare -Urn true 2>/dev/null; then
        echo "users may not make namespaces here. Run this as root, or install sudo"
    else
        echo "users may not open /dev/net/tun, or be root in a namespace, here. Run this as root, or install sudo"
    fi
}

# Goes on in a namespace, with these arguments.
go_inside()
{
    heading "Making a network namespace"
    inside=$(way_inside) || fail "cannot make a TAP interface in a network namespace: $(why_no_way)"
    echo "with: $inside"
    # shellcheck disable=SC2086
    exec $inside sh "examples/$script" --inside "$@"
}

# -- Inside ------------------------------------------------------------------------------------------------------------

# Has `clean_up` run at the end, however that comes, and gives `output` a file.
start_inside()
{
    output=$(mktemp) || fail "cannot make a temporary file"
    trap clean_up EXIT
    trap 'exit 130' HUP INT TERM
}

# Ends a process that the script has started, if it has: end_process PID
end_process()
{
    [ -z "$1" ] || { kill "$1" && wait "$1"; } 2>/dev/null
}

# Shows what the file $output has got since it had $shown lines.
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
    # The kernel's addresses are usable at once, and it does not look for routers.
    set_kernel accept_dad 0
    set_kernel router_solicitations 0
    set_kernel accept_ra 0
    show ip link set dev "$tap" up
    show ip address add "$kernel/64" dev "$tap" nodad
}

# Waits until the file $1 has the text $2, which the process $3 is to write, for $4 tenths of a second.
wait_for_text()
{
    tries=0
    until grep -q "$2" "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt "$4" ] || ! kill -0 "$3" 2>/dev/null; then
            fail "there is no \"$2\" from the node, but: $(cat "$1")"
        fi
        sleep 0.1
    done
}

ping_node()
{
    show ping -6 -n -c 3 -i 0.3 -w 5 "$@"
}

# Sends $1 to UDP port 7 of the node and shows what comes back. bash, because it has UDP without another package.
udp_exchange()
{
    # shellcheck disable=SC2016
    reply=$(timeout 5 bash -c 'exec 3<>"/dev/udp/$1/7" && printf %s "$2" >&3 && dd bs=2048 count=1 status=none <&3' \
        bash "$node" "$1")
    echo "sent:     $(echo "$1" | cut -c 1-60) (${#1} bytes)"
    echo "received: $(echo "$reply" | cut -c 1-60) (${#reply} bytes)"
    [ "$reply" = "$1" ] || fail "UDP port 7 did not send back what it was sent"
}

# Talks to the node that said in `output` that it listens.
talk_to_node()
{
    node_link_local=$(sed -n 's/^listening on \(fe80:[^,]*\),.*/\1/p' "$output" | tr -d '\r')
    heading "The kernel pings its link-local address"
    ping_node "$node_link_local%$tap"
    heading "The kernel pings its global address"
    ping_node "$node"
    heading "With as much data as the MTU has room for"
    ping_node -s "$largest" "$node"
    heading "The kernel sends to UDP port 7, which echoes"
    udp_exchange "Hello, node!"
    udp_exchange "$(printf "%0${largest}d" 0)"
}
