#!/bin/sh
# Boot an example on a board without an operating system, in QEMU, and talk to it:
#
#     sh examples/qemu.sh [--shell] BOARD NIC EXAMPLE [OPTION...]
#
# For example: sh examples/qemu.sh aarch64 virtio-pci echo. Without arguments, list the boards, their NICs, and the
# examples. The options are those of the example. echo is pinged and gets datagrams, ping pings the kernel, and a
# network function gets frames on each of its cards. With --shell, open a shell in the network namespace of the example
# instead. Build what is missing. This needs what examples/demo.sh needs. Exit with 0 if all went well.
set -u
cd "$(dirname "$0")/.." || exit 1
script=qemu.sh
# shellcheck source=examples/namespace.sh
. examples/namespace.sh
boot=900 # tenths of a second that a start may take, on a slow machine

# -- Boards, described by their files env/BOARD/qemu -------------------------------------------------------------------

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
        if grep -q '^const char nf_name' "$file"; then
            echo "nf_${name}_1"
            grep -q 'NF_OUTPUTS == 1u' "$file" || echo "nf_${name}_2"
        fi
    done
}

# Print the words of several lines in one.
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

# Check that $1 is one of the other words.
is_among()
{
    word=$1
    shift
    for other in "$@"; do
        [ "$word" != "$other" ] || return 0
    done
    return 1
}

# Print the rest of the line that begins with $1 in the board's file.
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
    read -r bus device nic_options <<EOF
$(board_line "nic $nic")
EOF
    machine=$(board_line options)${cpu:+ -cpu $cpu}
}

# Print the number of cards of the example: a network function has one more than outputs.
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
    [ "$bus" = board ] || "$qemu" -device help | grep -q "^name \"${device%%,*}\"" ||
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

# Start the machine with a card on each TAP interface, with these options of the program.
boot()
{
    options="$nic_options $*"
    # shellcheck disable=SC2086
    set -- "$qemu" $machine -display none -nodefaults -no-reboot -serial stdio
    for number in $(seq 0 $((cards - 1))); do
        end=ifname=v6nf$number,script=no,downscript=no
        mac=02:00:00:00:00:0$((6 + number))
        card=$device,netdev=net$number,mac=$mac
        case $bus in
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

# Wait until the machine ends by itself. Set the status of its program.
wait_for_end()
{
    tries=0
    while kill -0 "$qemu_pid" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -le $boot ] || fail "the machine does not end; its output: $(cat "$output")"
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

# Run a command, or a shell instead.
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
    heading "The board starts, and the node detects duplicates of its addresses"
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
    [ $status -eq 0 ] || fail "ping ended with status $status, not 0"
}

# Make interfaces on which the kernel sends nothing.
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
    heading "Each card receives a frame, which the others send"
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
