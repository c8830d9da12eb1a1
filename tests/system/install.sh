#!/bin/sh
# Installs a build into an empty folder and builds a program with it, as a user would: sh tests/system/install.sh BUILD
# Once by find_package(v6nf) and once by pkg-config; each with the library alone and with what Linux gives it.
set -eu
build=$(cd "${1:?usage: install.sh BUILD}" && pwd) || { echo "there is no build in $1"; exit 1; }
command -v pkg-config >/dev/null || { echo "there is no pkg-config: apt-get install pkg-config"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install "$build" --prefix "$prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }

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
    v6nf_address_format(text, address.bytes);
    return puts(text) < 0;
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
cat >CMakeLists.txt <<'C'
cmake_minimum_required(VERSION 3.25)
project(consumer C)
find_package(v6nf 0.1 REQUIRED)
add_executable(plain plain.c)
target_link_libraries(plain v6nf::v6nf)
add_executable(linux linux.c)
target_link_libraries(linux v6nf::linux)
C

# expect PROGRAM OUTPUT
expect()
{
    printed=$("$1")
    [ "$printed" = "$2" ] || { echo "$1 printed \"$printed\", not \"$2\""; exit 1; }
    echo "$1: $printed"
}

cmake -S . -B by-cmake -DCMAKE_PREFIX_PATH="$prefix"
cmake --build by-cmake
expect by-cmake/plain 2001:db8::1
expect by-cmake/linux slept

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name v6nf.pc)")
export PKG_CONFIG_PATH
mkdir by-pkg-config
# shellcheck disable=SC2046
${CC:-cc} plain.c -o by-pkg-config/plain $(pkg-config --cflags --libs v6nf)
# shellcheck disable=SC2046
${CC:-cc} linux.c -o by-pkg-config/linux $(pkg-config --cflags --libs v6nf-linux)
expect by-pkg-config/plain 2001:db8::1
expect by-pkg-config/linux slept
