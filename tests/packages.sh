#!/bin/sh
# Install the missing Debian or Ubuntu packages of some groups: sh tests/packages.sh GROUP...
#
# This is the only list of packages. Groups: build (the library and the examples), test (needed by tests/run.sh in
# addition), demo (by examples/demo.sh in addition). Each of the following is a group that is asked for alone:
#   qemu    a QEMU with an igb (version 8), on Debian 12 from its backports
#   kernel  a Debian kernel, unpacked to build/kernel, for the card of a virtual machine
#   lwip    the source of Debian's lwIP, unpacked to build/lwip, for the benchmark
set -u

packages_of()
{
    case $1 in
    build) echo build-essential cmake ;;
    test)
        echo libcmocka-dev pkg-config python3                # unit and system tests
        echo clang "libclang-rt-$(clang_version)-dev"        # the second compiler, and its fuzzer
        echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross     # images for boards; libc for its string.h
        echo gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
        echo gcc-arm-none-eabi libnewlib-arm-none-eabi       # the same, and the size of the library in benchmarks
        echo frama-c-base why3 z3 cvc4 spin                  # proofs
        echo valgrind liblwip-dev pmccabe                    # benchmarks: instruction counts, another stack, code lines
        echo dpkg-dev                                        # the same stack from its source
        echo gnuplot-nox                                     # a picture of costs
        echo doxygen                                         # the API reference
        echo lintian                                         # checks of the Debian packages
        echo iproute2 iputils-ping tcpdump tshark            # the kernel as a peer, and others that read our captures
        echo radvd ndisc6 kea-dhcp6-server dnsmasq-base      # routers, servers and a prober as peers
        echo iperf3                                          # traffic across a bridge
        echo iptables                                        # NPTv6 of the kernel as a peer
        echo dpdk dpdk-dev libdpdk-dev netsniff-ng nftables  # peers of network functions, and a generator
        ;;
    demo) echo iproute2 iputils-ping ;;
    qemu) echo qemu-system-x86 qemu-system-arm qemu-system-misc ;;
    kernel) echo busybox-static ;;
    lwip) echo liblwip-dev dpkg-dev ;;
    *)
        echo "packages.sh: unknown group \"$1\": use build, test, demo, qemu, kernel or lwip" >&2
        exit 2
        ;;
    esac
}

# Print the version of the package "clang". Its run-time libraries have it in the name of their package.
clang_version()
{
    apt-cache depends clang 2>/dev/null | sed -n 's/^ *Depends: clang-\([0-9]*\)$/\1/p'
}

missing()
{
    for group in "$@"; do
        for package in $(packages_of "$group"); do
            dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
        done
    done
}

apt()
{
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"
    else
        sudo DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"
    fi
}

has_igb()
{
    for machine in x86_64 aarch64 riscv64; do
        "qemu-system-$machine" -device help 2>/dev/null | grep -q '"igb"' || return 1
    done
}

as_root()
{
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Print the mirror of Debian's packages that this machine uses, for its backports.
debian_mirror()
{
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^deb *\(\[[^]]*\]\)* *\([^ ]*\) *bookworm .*/\2/p' | head -n 1 | grep . ||
        sed -n '/^URIs:/{s/^URIs: *//;h};/^Suites:.*bookworm\( \|$\)/{x;p;q}' /etc/apt/sources.list.d/debian.sources
}

# The QEMU of Debian 12 is too old. That of its backports is not.
install_qemu()
{
    has_igb && return
    if grep -q '^VERSION_CODENAME=bookworm' /etc/os-release && ! apt-cache policy | grep -q bookworm-backports; then
        echo "deb $(debian_mirror) bookworm-backports main" |
            as_root tee /etc/apt/sources.list.d/v6nf-backports.list >/dev/null
    fi
    apt update
    # shellcheck disable=SC2046
    apt install --no-install-recommends -t bookworm-backports $(packages_of qemu) ||
        apt install --no-install-recommends $(packages_of qemu)
    has_igb
}

unpack_kernel()
{
    directory=$(cd "$(dirname "$0")/.." && pwd)/build/kernel
    [ -z "$(ls "$directory"/boot/vmlinuz-* 2>/dev/null)" ] || return 0
    apt update
    apt install --no-install-recommends busybox-static
    package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
    mkdir -p "$directory"
    (cd "$directory" && apt-get -q download "$package" && dpkg-deb -x "$package"_*.deb . && rm "$package"_*.deb)
}

# apt-get with package lists of its own: the machine's sources, of source packages. Nothing of the machine changes, and
# root is not needed.
apt_source()
{
    apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$directory/sources" \
        -o Dir::State::Lists="$directory/lists" -o Dir::Cache="$directory/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# apt-get verifies the checksums of the files against the signed list of the distribution.
unpack_lwip()
{
    directory=$(cd "$(dirname "$0")/.." && pwd)/build/lwip
    version=$(dpkg-query -W -f '${source:Version}' liblwip-dev) || return 1
    [ "$(cat "$directory/version" 2>/dev/null)" != "$version" ] || return 0
    rm -rf "$directory"
    mkdir -p "$directory/sources" "$directory/lists/partial" "$directory/cache/archives/partial"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"$directory/sources/$(basename "${list%.list}").list"
    done
    for list in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$directory/sources/$(basename "$list")"
    done
    apt_source update || echo "packages.sh: apt-get update failed; trying with the lists of source packages found" >&2
    if ! (cd "$directory" && apt_source source "lwip=$version"); then
        echo "packages.sh: cannot fetch the source of lwIP $version: is a mirror with source packages in /etc/apt?" >&2
        return 1
    fi
    rm -r "$directory/sources" "$directory/lists" "$directory/cache"
    echo "$version" >"$directory/version"
}

[ $# -gt 0 ] || { echo "usage: sh tests/packages.sh GROUP..." >&2; exit 2; }
for group in "$@"; do
    packages_of "$group" >/dev/null
done
case $* in
qemu)
    install_qemu
    exit
    ;;
kernel)
    unpack_kernel
    exit
    ;;
lwip)
    unpack_lwip
    exit
    ;;
esac
[ -n "$(missing "$@")" ] || exit 0

apt update || echo "packages.sh: apt-get update failed; trying with the present package lists" >&2
# List them after the update, because clang_version() reads the package lists.
packages=$(missing "$@" | tr '\n' ' ')
echo "Installing: $packages"
# shellcheck disable=SC2086
apt install --no-install-recommends $packages && exit 0
# Install one after the other, because a package that this release lacks fails the whole command.
for package in $packages; do
    apt install --no-install-recommends "$package" || echo "packages.sh: cannot install $package" >&2
done
left=$(missing "$@" | tr '\n' ' ')
[ -z "$left" ] && exit 0
echo "packages.sh: still missing, install them by hand: apt-get install $left" >&2
exit 1
