#!/bin/sh
# Check what libv6nf.a needs from elsewhere, and that it has no memory of its own: sh tests/system/freestanding.sh
# LIBRARY
#
# The only undefined symbols are v6nf_env_* and the four functions that a compiler may call in freestanding code. No
# section is both writable and not empty, so that two nodes share no state.
set -u
library=${1:?usage: freestanding.sh LIBRARY}
[ -f "$library" ] || { echo "$library is missing: build its preset first"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Print the undefined symbols of an archive that it does not define itself, and that it may not need.
foreign_symbols()
{
    nm --defined-only --format=posix "$1" | awk 'NF >= 2 {print $1}' | sort -u >"$work/defined"
    nm --undefined-only --format=posix "$1" | awk 'NF >= 2 {print $1}' | sort -u >"$work/undefined"
    allowed='memcpy|memmove|memset|memcmp|v6nf_env_[a-z0-9_]*'
    # The ARM run-time ABI has functions for arithmetic that a Cortex-M has no instruction for, such as 64-bit division
    # (IHI0043, 4). The compiler's libgcc defines them.
    if readelf -h "$1" | grep -q '^ *Machine: *ARM$'; then
        allowed="$allowed|__aeabi_[a-z0-9_]*"
    fi
    comm -13 "$work/defined" "$work/undefined" | grep -Ev "^($allowed)\$"
}

# Print the sections of an archive that are writable at run time and not empty, and common symbols. Exclude
# .data.rel.ro: constants with addresses, which a loader writes once and then protects.
writable_sections()
{
    readelf -S -W "$1" | sed -n 's/^ *\[ *[0-9]*\] *//p' |
        awk '$1 !~ /^\.data\.rel\.ro/ && $5 !~ /^0*$/ && $7 ~ /W/ {print $1}'
    nm --format=posix "$1" | awk '$2 == "C" {print $1}'
}

# See that every fault is found, in a library that has all of them.
self_check()
{
    cat >"$work/bad.c" <<'C'
int foreign(void);
int counter;
static int table[2] = {1, 2};
int bad(int i);
int bad(int i)
{
    table[i]++;
    return counter + foreign();
}
C
    ${CC:-cc} -c "$work/bad.c" -o "$work/bad.o" && ar rcs "$work/libbad.a" "$work/bad.o" || return 1
    [ "$(foreign_symbols "$work/libbad.a")" = foreign ] || { echo "self-check: foreign symbol not found"; return 1; }
    [ "$(writable_sections "$work/libbad.a" | tr '\n' ' ')" = ".data .bss " ] ||
        { echo "self-check: writable data not found"; return 1; }
}

self_check || exit 1
symbols=$(nm --defined-only "$library" | grep -c ' T ')
[ "$symbols" -gt 0 ] || { echo "$library defines no function"; exit 1; }
foreign=$(foreign_symbols "$library")
writable=$(writable_sections "$library")
[ -z "$foreign" ] || echo "$library needs symbols that a bare board does not have:" $foreign
[ -z "$writable" ] || echo "$library has writable data of its own:" $writable
[ -z "$foreign$writable" ] || exit 1
echo "$library: $symbols functions, nothing foreign, no writable data"
