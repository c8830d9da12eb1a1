#!/bin/sh
# Installs a build into an empty folder and builds a program with it, as a user would: sh tests/system/install.sh BUILD
# Once by find_package(v6nf) and once by pkg-config; each with the library alone and with what Linux gives it. Also
# programs in C++.
#
# With --packages, BUILD has the Debian packages that `cmake --workflow --preset package` makes: checks them with
# lintian, and installs them in a root directory and package database of their own.
set -eu
usage="usage: install.sh BUILD | install.sh --packages BUILD"
packages=
if [ "${1:-}" = --packages ]; then
    packages=yes
    shift
fi
build=$(cd "${1:?$usage}" && pwd) || { echo "there is no build in $1"; exit 1; }
command -v pkg-config >/dev/null || { echo "there is no pkg-config: apt-get install pkg-config"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

# List the options of a program's --help, or of the man pages: options FILE...
options()
{
    grep -hoE '^( |\.It Fl -|\.Fl -).*' "$@" | grep -oE '(--|Fl -)[a-z-]+' | sed 's/.*--*\([a-z]\)/\1/' | sort -u
}

# Install the packages, and check that each option of the programs is in their man pages, and no other one.
install_packages()
{
    command -v lintian >/dev/null || { echo "there is no lintian: apt-get install lintian"; exit 77; }
    lintian --allow-root --fail-on error,warning "$build"/*.deb
    mkdir -p "$work/root/var/lib/dpkg/info" "$work/root/var/lib/dpkg/updates"
    touch "$work/root/var/lib/dpkg/status"
    # The C library that they depend on is not in that root directory.
    dpkg --root="$work/root" --log=/dev/null --force-not-root --force-depends --install "$build"/*.deb \
        >"$work/install.log" 2>&1 || {
        cat "$work/install.log"
        exit 1
    }
    prefix=$work/root/usr
    for program in echo ping; do
        "$prefix/bin/v6nf-$program" --help >"$work/$program.help"
        zcat "$prefix/share/man/man1/v6nf-$program.1.gz" "$prefix/share/man/man7/v6nf-node.7.gz" >"$work/$program.man"
        options "$work/$program.help" >"$work/$program.help.options"
        options "$work/$program.man" >"$work/$program.man.options"
        diff "$work/$program.help.options" "$work/$program.man.options" || {
            echo "v6nf-$program: --help and the man pages differ in these options"
            exit 1
        }
    done
}

if [ -n "$packages" ]; then
    install_packages
else
    cmake --install "$build" --prefix "$prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
fi

mkdir "$work/consumer"
cd "$work/consumer"
cat >plain.c <<'C'
#include <stdio.h>
#include <v6nf/v6nf.h>
int main(void)
{
    struct v6nf_address address;
    char text[V6NF_ADDRESS_TEXT_SIZE];
    if (!v6nf_address_parse(&address, "2001:DB8:0:0::1")) return 1;
    v6nf_address_format(text, &address);
    return printf("%s %s\n", text, v6nf_version()) < 0;
}
C
cat >linux.c <<'C'
#include <stdio.h>
#include <v6nf/v6nf.h>
int main(void)
{
    uint64_t before = v6nf_env_clock();
    v6nf_env_sleep(1000);
    return puts(v6nf_env_clock() - before >= 1000 ? "slept" : "did not sleep") < 0;
}
C
# A node that does what nodes do, and the same with a DHCPv6 client.
cat >node.c <<'C'
#include <stdio.h>
#include <v6nf/v6nf.h>
static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}
int main(void)
{
    static struct v6nf_node node;
    static uint8_t frame[1514];
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .seed = 1};
    struct v6nf_udp_message message = {.remote = {{0xFF, 2, [15] = 1}}, .remote_port = 7, .local_port = 7};
    uint32_t length = 0;
    if (v6nf_node_init(&node, &config, 0) != V6NF_OK || v6nf_udp_bind(&node, 7, echo, NULL) != V6NF_OK) return 1;
    (void)v6nf_udp_send(&node, frame, 4, sizeof frame, &message, &length, 0);
    (void)v6nf_node_input(&node, frame, length, sizeof frame, 0);
    (void)v6nf_node_tick(&node, frame, sizeof frame, 0);
#ifdef CLIENT
    static struct v6nf_dhcpv6 client;
    struct v6nf_dhcpv6_config dhcpv6 = {.mode = V6NF_DHCPV6_STATEFUL};
    if (v6nf_dhcpv6_start(&client, &node, &dhcpv6, 0) != V6NF_OK) return 1;
    length = v6nf_dhcpv6_tick(&client, frame, sizeof frame, V6NF_SECOND);
#endif
    return printf("%u\n", (unsigned)length) < 0;
}
C
# The same in C++: a node with a bound UDP port on one end of a cable, which sends to the other end.
cat >cpp.cpp <<'C'
#include <cstdio>
#include <v6nf/driver/cable.h>
#include <v6nf/v6nf.h>
static uint32_t echo(void *context, v6nf_udp_datagram *datagram)
{
    ++*static_cast<int *>(context);
    return datagram->length;
}
static v6nf_cable cable;
static v6nf_node node;
int main()
{
    int datagrams = 0;
    if (!v6nf_cable_init(&cable, 1500, 1514, 1)) return 1;
    v6nf_node_config config{};
    config.mac = cable.a.port.mac;
    config.mtu = cable.a.port.mtu;
    config.predictable = true;
    if (v6nf_node_init(&node, &config, 0) != V6NF_OK) return 1;
    if (v6nf_udp_bind(&node, 7, echo, &datagrams) != V6NF_OK) return 1;
    v6nf_udp_message message{};
    if (!v6nf_address_parse(&message.remote, "ff02::1")) return 1;
    message.remote_port = 7;
    message.local_port = 7;
    uint32_t length = 0;
    uint8_t frame[1514];
    (void)v6nf_udp_send(&node, frame, 4, sizeof frame, &message, &length, 0);
    v6nf_node_input(&node, frame, length, sizeof frame, 0);
    v6nf_run(&node, &cable.a.port, 0);
    return std::printf("%u\n", static_cast<unsigned>(length)) < 0;
}
C
cat >CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.25)
project(consumer C CXX)
find_package(v6nf 0.2 REQUIRED)
add_executable(plain plain.c)
target_link_libraries(plain v6nf::v6nf)
add_executable(linux linux.c)
target_link_libraries(linux v6nf::linux)
add_executable(node node.c)
target_link_libraries(node v6nf::v6nf)
add_executable(client node.c)
target_compile_definitions(client PRIVATE CLIENT)
target_link_libraries(client v6nf::v6nf)
add_executable(cpp cpp.cpp)
target_compile_options(cpp PRIVATE -Wall -Wextra -Wconversion -Werror)
target_link_libraries(cpp v6nf::v6nf)
C

# expect PROGRAM OUTPUT
expect()
{
    printed=$("$1")
    [ "$printed" = "$2" ] || { echo "$1 printed \"$printed\", not \"$2\""; exit 1; }
    echo "$1: $printed"
}

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name v6nf.pc)")
export PKG_CONFIG_PATH
version=$(pkg-config --modversion v6nf)
cmake -S . -B by-cmake -DCMAKE_PREFIX_PATH="$prefix"
cmake --build by-cmake
expect by-cmake/plain "2001:db8::1 $version"
expect by-cmake/linux slept
expect by-cmake/node 66
expect by-cmake/client 112
expect by-cmake/cpp 66

# What a program does not use of what is optional is not in it; and would be found if it were.
if nm by-cmake/node | grep -q v6nf_dhcpv6_; then echo "a node without a DHCPv6 client has one linked"; exit 1; fi
nm by-cmake/client | grep -q v6nf_dhcpv6_start || { echo "nm does not show the DHCPv6 client"; exit 1; }

mkdir by-pkg-config
# shellcheck disable=SC2046
${CC:-cc} plain.c -o by-pkg-config/plain $(pkg-config --cflags --libs v6nf)
# shellcheck disable=SC2046
${CC:-cc} linux.c -o by-pkg-config/linux $(pkg-config --cflags --libs v6nf-linux)
expect by-pkg-config/plain "2001:db8::1 $version"
expect by-pkg-config/linux slept
