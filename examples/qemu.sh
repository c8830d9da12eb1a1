#!/bin/sh
# Boots an example on a board without operating system, in QEMU, and talks to it:
#
#     sh examples/qemu.sh [--shell] BOARD NIC EXAMPLE [OPTION...]
#
# For example: sh examples/qemu.sh aarch64 virtio-pci echo. Without arguments it lists the boards, their NICs, and the
# examples; the options are the example's own. echo is pinged and sent datagrams, ping pings the kernel, and through a
# network function go frames from each of its cards. With --shell, you are the one who talks to it, from a shell in its
# network namespace. Builds what is not there. Needs what examples/demo.sh does; exits with 0 if all went well.
set -u
cd "$(dirname "$0")/.." || exit 1
script=qemu.sh
# shellcheck source=examples/namespace.sh
. examples/namespace.sh
boot=900 # tenths of a second that a start may take, on a slow machine

# -- The boards, as their files env/BOARD/qemu describe them -----------------------------------------------------------

boards()
{
    for file in env/*/qemu; do
        basename "$(dirname "$file")"
    done
}

nics_of()
{
    sed -n 's/^nic \([^ ]*\) .*/\1/p' "env/$1/qemu"
}

examples()
{
    echo echo ping
    for file in examples/nf/*.c; do
        name=$(basename "$file" .c)
        [ "$name" = main ] || echo "nf_${name}_1 nf_${name}_2"
    done
}

# Prints words of some lines in one.
words()
{
    echo "$1" | tr '\n' ' ' | sed 's/ *$//; s/ / | /g'
}

list()
{
    echo "usage: sh examples/qemu.sh [--shell] BOARD NIC EXAMPLE [OPTION...]"
    for name in $(boards); do
        echo "  BOARD $name, NIC $(words "$(nics_of "$name")")"
    done
    echo "  EXAMPLE $(words "$(examples)")"
}

# Is $1 one of the other words?
is_among()
{
    word=$1
    shift
    for other in "$@"; do
        [ "$word" != "$other" ] || return 0
    done
    return 1
}

# Prints what follows the word $1 in the board's file.
board_line()
{
    sed -n "s/^$1 //p" "env/$board/qemu"
}

read_board()
{
    read -r qemu package <<EOF
$(board_line command)
EOF
    read -r cpu _ <<EOF
$(board_line cpu)
EOF
    read -r place device nic_options <<EOF
$(board_line "nic $nic")
EOF
    machine=$(board_line options)${cpu:+ -cpu $cpu}
}

# How many cards the example takes: a network function has one more than outputs.
count_cards()
{
    case $example in
    nf_*) echo $((${example##*_} + 1)) ;;
    *) echo 1 ;;
    esac
}

# -- Outside -----------------------------------------------------------------------------------------------------------

wrong()
{
    echo "$script: $1" >&2
    list >&2
    exit 2
}

check_arguments()
{
    [ $# -ge 3 ] || wrong "which board, with which NIC, and which example?"
    # shellcheck disable=SC2046
    is_among "$1" $(boards) || wrong "there is no board \"$1\""
    # shellcheck disable=SC2046
    is_among "$2" $(nics_of "$1") || wrong "the board $1 has no NIC \"$2\""
    # shellcheck disable=SC2046
    is_among "$3" $(examples) || wrong "there is no example \"$3\""
}

check_combination()
{
    case $example in
    nf_*)
        functions=$(board_line functions)
        # shellcheck disable=SC2086
        is_among "$nic" $functions ||
            fail "network functions do not run on $nic; those of $board's NICs on which they do: ${functions:-none}"
        [ $# -eq 0 ] || fail "a network function takes no options, and so not \"$*\""
        command -v python3 >/dev/null || fail "there is no python3, which sends the frames: apt-get install python3"
        ;;
    ping) [ "$shell" = no ] || fail "ping ends by itself: --shell is for the other examples" ;;
    esac
}

check_qemu()
{
    advice="apt-get install $package, on Debian 12 -t bookworm-backports; sh tests/packages.sh qemu does that"
    command -v "$qemu" >/dev/null || fail "there is no $qemu: $advice"
    [ "$place" = board ] || "$qemu" -device help | grep -q "^name \"${device%%,*}\"" ||
        fail "this $qemu has no ${device%%,*}: $advice"
}

check_compiler()
{
    compiler=$(sed -n 's/^set(CMAKE_C_COMPILER \(.*\))/\1/p' "env/$board/toolchain.cmake")
    case $compiler in
    *-gcc) package=gcc-${compiler%-gcc} ;;
    *) package=$compiler ;;
    esac
    command -v "$compiler" >/dev/null ||
        fail "there is no $compiler: apt-get install $package, or what all tests need: sh tests/packages.sh test"
}

outside()
{
    check_combination "$@"
    check_qemu
    need_tools
    if [ ! -e "$image" ]; then
        check_compiler
        build "$board"
    fi
    ls "$image" || fail "the build did not make it: does the board $board have this example?"
    go_inside "$shell" "$board" "$nic" "$example" "$@"
}

# -- Inside ------------------------------------------------------------------------------------------------------------

# Starts the machine with a card on each TAP interface, with these options for the program.
boot()
{
    options="$nic_options $*"
    # shellcheck disable=SC2086
    set -- "$qemu" $machine -display none -nodefaults -no-reboot -serial stdio
    for number in $(seq 0 $((cards - 1))); do
        end=ifname=v6nf$number,script=no,downscript=no
        mac=02:00:00:00:00:0$((6 + number))
        card=$device,netdev=net$number,mac=$mac
        case $place in
        pci) set -- "$@" -netdev "tap,id=net$number,$end" -device "$card,addr=$((2 * number + 4))" ;;
        mmio) set -- "$@" -netdev "tap,id=net$number,$end" -device "$card" ;;
        board) set -- "$@" -nic "tap,$end,model=$device,mac=$mac" ;;
        esac
    done
    echo "\$ $* -kernel $image -append \"${options# }\" &"
    "$@" -kernel "$image" -append "${options# }" >"$output" 2>&1 &
    qemu_pid=$!
    shown=0
}

wait_for_console()
{
    wait_for_text "$output" "$1" "$qemu_pid" $boot
    show_output
}

stop_machine()
{
    heading "The machine ends"
    echo "\$ kill $qemu_pid"
    kill "$qemu_pid"
    wait "$qemu_pid"
    qemu_pid=
    show_output
}

# Waits until the machine ends by itself, and sets the status of its program.
wait_for_end()
{
    tries=0
    while kill -0 "$qemu_pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -le $boot ] || fail "the machine does not end; it said: $(cat "$output")"
        sleep 0.1
    done
    wait "$qemu_pid"
    status=$?
    qemu_pid=
    show_output
    [ "$(board_line status)" != doubled ] || status=$(((status - 1) / 2))
}

clean_up()
{
    end_process "$qemu_pid"
    rm -f "$output"
}

# Runs what follows, or a shell in its place.
talk()
{
    if [ "$shell" = yes ]; then
        heading "A shell in the namespace; the console is in $output, and all ends with the shell"
        "${SHELL:-sh}"
    else
        "$@"
    fi
}

run_echo()
{
    make_tap
    heading "The board starts, and the node makes sure that its addresses are its own"
    boot --address "$node/64" "$@"
    wait_for_console "listening on"
    talk talk_to_node
    stop_machine
}

run_ping()
{
    make_tap
    heading "The board starts, and the node pings the kernel"
    boot --address "$node/64" --count 3 --interval 0.3 "$kernel" "$@"
    wait_for_end
    [ $status -eq 0 ] || fail "ping ended with status $status, and should have ended with 0"
}

# The kernel has nothing to say on these interfaces.
make_bare_taps()
{
    taps=
    for number in $(seq 0 $((cards - 1))); do
        tap=v6nf$number
        taps="$taps $tap"
        show ip tuntap add dev "$tap" mode tap
        set_kernel disable_ipv6 1
        show ip link set dev "$tap" up
    done
}

pass_frames()
{
    heading "A frame goes into each card, and comes out of the others"
    # shellcheck disable=SC2086
    show python3 examples/nf/pass.py $taps
}

run_function()
{
    make_bare_taps
    heading "The board starts, and the network function runs on its cards"
    boot
    wait_for_console ": running"
    talk pass_frames
    stop_machine
}

inside()
{
    qemu_pid=
    start_inside
    case $example in
    echo) run_echo "$@" ;;
    ping) run_ping "$@" ;;
    nf_*) run_function ;;
    esac
    heading "All went well"
}

side=outside
shell=no
case ${1:-} in
--inside)
    side=inside
    shell=$2
    shift 2
    ;;
--shell)
    shell=yes
    shift
    ;;
esac
check_arguments "$@"
board=$1
nic=$2
example=$3
shift 3
image=build/$board/examples/$example.elf
read_board
cards=$(count_cards)
$side "$@"
