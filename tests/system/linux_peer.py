#!/usr/bin/env python3
"""Test the examples on TAP interfaces, with the Linux kernel as the node at the other end.

    linux_peer.py DIRECTORY     the directory of the programs echo and ping

Runs and reports as described in peer.py.
"""

import os
import re
import signal
import socket
import struct
import sys
import time

from peer import (ECHO_PORT, FRAGMENTS_MAX, PING_MAX, Failure, Program, Suite, Tap, check, check_recorded, must, run,
                  set_kernel, wait_for)

CLOSED_PORT = 9
UNKNOWN_NEXT_HEADER = 253  # for experiments (RFC 3692)

suite = Suite("linux_peer", __doc__)


def echo_on(tap, *options, **keywords):
    """Start an echo, and wait until its addresses can be used."""
    echo = Program("echo", tap, "--address", f"{tap.node}/64", *options, **keywords)
    echo.wait_line("listening on")
    return echo


# -- The slowest test, first, so that the others run in parallel -------------------------------------------------------


@suite.test
def node_finds_kernel_that_moved_unannounced():
    """Neighbor Unreachability Detection: at most 45 s REACHABLE, 5 s DELAY, 3 s PROBE, resolution (RFC 4861, 7.3)."""
    tap = Tap()
    ping = Program("ping", tap, "--address", f"{tap.node}/64", "--interval", "0.5", tap.kernel)
    ping.wait_line("bytes from")
    must("ip", "link", "set", tap.name, "address", "02:00:00:00:ff:03")
    before = len(ping.has("bytes from"))
    wait_for(lambda: len(ping.has("bytes from")) > before + 3, 60, "replies after the move")


# -- The node answers the kernel ---------------------------------------------------------------------------------------


@suite.test
def echo_prints_its_addresses():
    tap = Tap()
    echo = echo_on(tap)
    check(echo.lines[-1] == f"listening on {tap.link_local}, {tap.node}", f"{echo.lines}")


def check_ping_sizes(link_local):
    tap = Tap()
    echo_on(tap)
    for size in (0, 1, 7, 8, 56, 1000, 1232, PING_MAX):
        tap.check_ping(tap.link_local if link_local else tap.node, size)


@suite.test
def ping_of_every_size_to_link_local_address():
    check_ping_sizes(True)


@suite.test
def ping_of_every_size_to_global_address():
    check_ping_sizes(False)


@suite.test
def ping_in_fragments_is_answered():
    tap = Tap()
    echo_on(tap)
    for size in (PING_MAX + 1, 2000, 2896, 2897, 5000, FRAGMENTS_MAX):
        tap.check_ping(tap.node, size)
    # One byte more is too long to reassemble, and is not answered.
    tap.ping(tap.node, "-c", "2", "-i", "0.1", "-W", "1", "-s", str(FRAGMENTS_MAX + 1))
    tap.check_ping(tap.node)


@suite.test_alone
def hundred_thousand_pings_at_full_speed_lose_none():
    tap = Tap()
    echo_on(tap, record=False)
    tap.check_ping(tap.node)
    output = tap.ping(tap.node, "-f", "-q", "-c", "100000", "-l", "64", "-W", "3")
    check(" 100000 received, 0% packet loss" in output, output)


def udp_socket(tap, address, port):
    peer = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    peer.settimeout(3)
    peer.connect((address, port, 0, socket.if_nametoindex(tap.name) if address.startswith("fe80:") else 0))
    return peer


@suite.test
def udp_echo_returns_every_size():
    tap = Tap()
    echo_on(tap)
    for address in (tap.node, tap.link_local):
        with udp_socket(tap, address, ECHO_PORT) as peer:
            for size in range(PING_MAX + 1):
                sent = bytes((size + i) % 256 for i in range(size))
                peer.send(sent)
                check(peer.recv(65536) == sent, f"{size} bytes to {address} were changed")
            for size in range(PING_MAX + 1, FRAGMENTS_MAX + 1, 97):
                sent = bytes((size + i) % 251 for i in range(size))
                peer.send(sent)
                check(peer.recv(65536) == sent, f"{size} bytes to {address}, in fragments, were changed")


JUMBO = 9000  # the MTU of Ethernet with jumbo frames


@suite.test
def jumbo_frames_are_answered_whole():
    tap = Tap()
    must("ip", "link", "set", tap.name, "mtu", str(JUMBO))
    echo_on(tap)
    for size in (PING_MAX + 1, JUMBO - 49, JUMBO - 48):
        tap.check_ping(tap.node, size)
        with udp_socket(tap, tap.node, ECHO_PORT) as peer:
            sent = bytes(i % 251 for i in range(size))
            peer.send(sent)
            check(peer.recv(65536) == sent, f"{size} bytes were changed")
    with open(f"/proc/net/dev_snmp6/{tap.name}", encoding="ascii") as file:
        counted = dict(line.split() for line in file)
    fragments = [name for name in ("Ip6FragCreates", "Ip6ReasmReqds") if counted[name] != "0"]
    check(not fragments, f"the kernel counts fragments: {fragments}")
    with udp_socket(tap, tap.node, CLOSED_PORT) as peer:  # quoted up to the minimum MTU
        peer.send(bytes(JUMBO - 48))
        try:
            peer.recv(1)
        except ConnectionRefusedError:
            return
        raise Failure("no ECONNREFUSED for a jumbo frame")


@suite.test
def closed_udp_port_refuses():
    tap = Tap()
    echo_on(tap)
    for size in (0, 1, PING_MAX):
        with udp_socket(tap, tap.node, CLOSED_PORT) as peer:
            peer.send(bytes(size))
            try:
                peer.recv(1)
            except ConnectionRefusedError:
                continue
            raise Failure(f"no ECONNREFUSED for {size} bytes")


@suite.test
def unknown_next_header_is_a_parameter_problem():
    tap = Tap()
    echo_on(tap)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as errors, socket.socket(
        socket.AF_INET6, socket.SOCK_RAW, UNKNOWN_NEXT_HEADER
    ) as peer:
        errors.settimeout(3)
        peer.sendto(b"unknown", (tap.node, 0))
        message, source = b"\0", ("",)
        while message[0] != 4 or source[0] != tap.node:
            message, source = errors.recvfrom(2048)
        code, pointer = message[1], struct.unpack(">I", message[4:8])[0]
        check((code, pointer) == (1, 6), f"code {code}, pointer {pointer}: not the IPv6 header's Next Header")
        check(message[8 + 40 :] == b"unknown", "the error does not quote the packet")


# -- Neighbors appear, disappear and change ----------------------------------------------------------------------------


@suite.test
def kernel_finds_node_again_after_forgetting_it():
    tap = Tap()
    echo_on(tap)
    tap.check_ping(tap.node)
    for _ in range(3):
        must("ip", "neighbor", "flush", "dev", tap.name)
        check(tap.mac not in must("ip", "neighbor", "show", "dev", tap.name), "the kernel has not forgotten the node")
        tap.check_ping(tap.node)
        check(tap.mac in must("ip", "neighbor", "show", "dev", tap.name), "the kernel has not learned the node's MAC")


@suite.test
def node_answers_kernel_at_its_new_mac():
    tap = Tap()
    echo_on(tap)
    tap.check_ping(tap.node)
    must("ip", "link", "set", tap.name, "address", "02:00:00:00:ff:01")
    tap.check_ping(tap.node)
    with udp_socket(tap, tap.node, ECHO_PORT) as peer:
        peer.send(b"moved")
        check(peer.recv(100) == b"moved", "the datagram was changed")


@suite.test
def node_follows_kernel_to_its_new_mac():
    """The kernel announces its move (unsolicited Neighbor Advertisement), and solicits nothing itself."""
    tap = Tap()
    set_kernel(f"conf/{tap.name}/ndisc_notify", 1)
    ping = Program("ping", tap, "--address", f"{tap.node}/64", "--interval", "0.05", tap.kernel)
    ping.wait_line("bytes from")
    must("ip", "link", "set", tap.name, "address", "02:00:00:00:ff:02")
    before = len(ping.has("bytes from"))
    wait_for(lambda: len(ping.has("bytes from")) > before + 10, 5, "replies after the move")


@suite.test
def node_checks_its_addresses_after_link_was_down():
    """It may be another link (RFC 4862, 5.3)."""
    tap = Tap()
    echo = echo_on(tap)
    tap.check_ping(tap.node)
    must("ip", "link", "set", tap.name, "down")
    time.sleep(0.1)
    must("ip", "link", "set", tap.name, "up")
    tap.add_kernel_address()
    echo.wait_line(f"address {tap.node} is tentative")
    echo.wait_line(f"address {tap.node} can be used")
    tap.check_ping(tap.node)
    check(echo.stop() == 0, echo.errors)


# -- Duplicate Address Detection, from both sides ----------------------------------------------------------------------


@suite.test
def node_refuses_address_that_kernel_has():
    tap = Tap()
    echo = Program("echo", tap, "--address", f"{tap.kernel}/64")
    echo.wait_line(f"address {tap.kernel} is in use by another node")
    echo.wait_line("listening on")
    check(echo.has("listening on") == [f"listening on {tap.link_local}"], f"{echo.lines}")
    tap.check_ping(tap.link_local)
    check(echo.stop() == 0, echo.errors)


@suite.test
def node_stops_if_kernel_has_its_link_local_address():
    tap = Tap()
    must("ip", "address", "add", f"{tap.link_local}/64", "dev", tap.name, "nodad")
    echo = Program("echo", tap, "--address", f"{tap.node}/64")
    check(echo.wait() == 2, "exit status is not 2")
    check(echo.lines[-1] == f"address {tap.link_local} is in use by another node", f"{echo.lines}")
    check("no address is left" in echo.errors, echo.errors)


@suite.test
def kernel_refuses_address_that_node_has():
    tap = Tap()
    echo_on(tap)
    set_kernel(f"conf/{tap.name}/accept_dad", 1)
    must("ip", "address", "add", f"{tap.node}/64", "dev", tap.name)
    show = lambda: "dadfailed" in must("ip", "address", "show", "dev", tap.name, "to", tap.node)
    wait_for(show, 5, "dadfailed at the kernel's address")
    tap.check_ping(tap.link_local)


# -- The node pings the kernel -----------------------------------------------------------------------------------------

REPLY = re.compile(r"^(\d+) bytes from (\S+): icmp_seq=(\d+) hlim=64 time=\d+\.\d{3} ms$")


def ping_from(tap, *options):
    return Program("ping", tap, "--address", f"{tap.node}/64", *options)


def check_replies(ping, source, size, count):
    replies = [REPLY.match(line) for line in ping.has("bytes from")]
    check(all(replies), f"{ping.lines}")
    found = [(reply[1], reply[2], reply[3]) for reply in replies]
    expected = [(str(size + 8), source, str(i)) for i in range(1, count + 1)]
    check(found == expected, f"{ping.lines}")
    statistics = f"{count} packets transmitted, {count} received, 0% packet loss, time "
    check(ping.has(statistics), f"{ping.lines}")
    rtt = ping.has("rtt min/avg/max/mdev = ")
    times = [float(number) for number in re.findall(r"\d+\.\d{3}", rtt[0])] if rtt else []
    check(len(times) == 4 and times[0] <= times[1] <= times[2], f"{ping.lines}")


@suite.test
def ping_prints_every_reply_and_statistics():
    sizes = (0, 1, 56, PING_MAX, PING_MAX + 1, FRAGMENTS_MAX)
    taps = [Tap() for _ in sizes]
    pings = [
        ping_from(tap, "--count", "3", "--interval", "0.1", "--size", str(size), tap.kernel)
        for tap, size in zip(taps, sizes)
    ]
    for tap, size, ping in zip(taps, sizes, pings):
        check(ping.wait() == 0, f"{ping.lines} {ping.errors}")
        check_replies(ping, tap.kernel, size, 3)


@suite.test
def ping_of_link_local_address():
    tap = Tap()
    must("ip", "address", "add", "fe80::1/64", "dev", tap.name, "nodad")
    ping = ping_from(tap, "--count", "1", "fe80::1")
    check(ping.wait() == 0, f"{ping.lines} {ping.errors}")
    check_replies(ping, "fe80::1", 56, 1)


@suite.test
def ping_of_unused_address_is_unreachable():
    tap = Tap()
    ping = ping_from(tap, "--count", "1", tap.unused)
    check(ping.wait() == 1, "exit status is not 1")
    check(ping.has("icmp_seq=1 Destination unreachable: Address unreachable"), f"{ping.lines}")
    check(ping.has("1 packets transmitted, 0 received, +1 errors, 100% packet loss"), f"{ping.lines}")


@suite.test
def ping_that_cannot_be_sent_prints_the_reason():
    tap = Tap()
    ping = ping_from(tap, "--no-slaac", "--count", "2", "--interval", "0.1", "2001:db8::1")
    check(ping.wait() == 1, "exit status is not 1")
    for i in (1, 2):
        check(ping.has(f"icmp_seq={i} was not sent (no route to the destination)"), f"{ping.lines}")
    check(ping.has("0 packets transmitted, 0 received, +2 not sent, 0% packet loss"), f"{ping.lines}")


@suite.test_alone
def ping_without_reply_ends_with_status_1():
    tap = Tap()
    set_kernel("icmp/echo_ignore_all", 1)
    try:
        ping = ping_from(tap, "--count", "2", "--interval", "0.1", "--timeout", "0.3", tap.kernel)
        check(ping.wait() == 1, "exit status is not 1")
    finally:
        set_kernel("icmp/echo_ignore_all", 0)
    check(ping.has("no reply to icmp_seq=1") and ping.has("no reply to icmp_seq=2"), f"{ping.lines}")
    check(ping.has("2 packets transmitted, 0 received, 100% packet loss"), f"{ping.lines}")


@suite.test_alone
def ping_through_gateway_prints_the_error_of_the_gateway():
    tap = Tap()
    set_kernel("conf/all/forwarding", 1)
    try:
        ping = ping_from(tap, "--gateway", tap.kernel, "--count", "1", "2001:db8::1")
        check(ping.wait() == 1, "exit status is not 1")
    finally:
        set_kernel("conf/all/forwarding", 0)
    check(ping.has(f"From {tap.kernel} icmp_seq=1 Destination unreachable: No route"), f"{ping.lines}")


@suite.test
def ping_marks_duplicates():
    tap = Tap()
    ping = ping_from(tap, "--interval", "0.2", tap.kernel)
    ping.wait_line("icmp_seq=1 ")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as wire:  # ETH_P_ALL
        wire.bind((tap.name, 3))
        frame = wire.recv(2048)
        while frame[12:14] != b"\x86\xdd" or frame[14 + 6] != 58 or frame[14 + 40] != 129:  # an Echo Reply
            frame = wire.recv(2048)
        wire.send(frame)
        ping.wait_line("(DUP!)")
    check(ping.stop() == 0, ping.errors)
    check(ping.has(" received, +1 duplicates, 0% packet loss"), f"{ping.lines}")


# -- End of the programs -----------------------------------------------------------------------------------------------


@suite.test
def echo_ends_cleanly_on_a_signal():
    for number in (signal.SIGTERM, signal.SIGINT):
        tap = Tap()
        echo = echo_on(tap)
        tap.check_ping(tap.node)
        check(echo.stop(number) == 0, echo.errors)
        check(echo.has("  1 Echo Replies written"), f"{echo.lines}")
        check(echo.has("frames sent"), f"{echo.lines}")


@suite.test
def ping_ends_cleanly_on_a_signal():
    for number in (signal.SIGTERM, signal.SIGINT):
        tap = Tap()
        ping = ping_from(tap, tap.kernel)
        ping.wait_line("bytes from")
        check(ping.stop(number) == 0, ping.errors)
        check(ping.has("1 packets transmitted, 1 received, 0% packet loss"), f"{ping.lines}")


@suite.test
def counters_are_printed_periodically():
    tap = Tap()
    echo = echo_on(tap, "--stats", "0.2")
    tap.check_ping(tap.node)
    echo.wait_line("  1 Echo Replies written")
    printed = len(echo.has("the node counted:"))
    wait_for(lambda: len(echo.has("the node counted:")) > printed + 2, 5, "counters, three times")


WRONG_ARGUMENTS = [
    # program, arguments, what the message must contain
    ("echo", [], "--tap"),
    ("echo", ["--tap"], "--tap: needs a value"),
    ("echo", ["--tap", "a-name-that-is-too-long"], "a-name-that-is-too-long: not an interface name"),
    ("echo", ["--tap", ""], "not an interface name"),
    ("echo", ["--wrong"], "--wrong: unknown option"),
    ("echo", ["fd00::1"], "fd00::1: unknown option"),
    ("echo", ["--count", "1"], "--count: unknown option"),
    ("echo", ["--mac", "02:00"], "--mac 02:00: not an Ethernet address"),
    ("echo", ["--mac", "02:00:00:00:00:0g"], "not an Ethernet address"),
    ("echo", ["--mac", "02:00:00:00:00:01:"], "not an Ethernet address"),
    ("echo", ["--mac", "03:00:00:00:00:01"], "a group's"),
    ("echo", ["--mac", "00:00:00:00:00:00"], "or 0"),
    ("echo", ["--address", "fd00::2"], "--address fd00::2: not a unicast IPv6 address with its prefix length"),
    ("echo", ["--address", "fd00::2/129"], "prefix length"),
    ("echo", ["--address", "fd00:::2/64"], "prefix length"),
    ("echo", ["--address", "ff02::1/64"], "unicast"),
    ("echo", ["--address", "::/64"], "unicast"),
    ("echo", ["--address", "::1/128"], "unicast"),
    ("echo", [word for i in range(40) for word in ("--address", f"fd00::{i + 2:x}/64")], "too many"),
    ("echo", ["--secret", "0011"], "--secret 0011: not a secret of 16 bytes"),
    ("echo", ["--secret", "0" * 33], "32 hexadecimal digits"),
    ("echo", ["--secret", "g" * 32], "32 hexadecimal digits"),
    ("echo", ["--no-slaac", "yes"], "yes: unknown option"),
    ("echo", ["--gateway", "192.0.2.1"], "--gateway 192.0.2.1: not a unicast IPv6 address"),
    ("echo", ["--gateway", "ff02::2"], "unicast"),
    ("echo", ["--stats", "0"], "--stats 0: not a number of seconds"),
    ("echo", ["--stats", "often"], "seconds"),
    ("echo", ["--pcap", ""], "--pcap"),
    ("ping", ["--tap", "tap0"], "the address to ping: is missing"),
    ("ping", ["nowhere"], "nowhere: not an IPv6 address"),
    ("ping", ["fe80::1%tap0"], "%zone"),
    ("ping", ["fd00::1", "fd00::2"], "fd00::2: one address is enough"),
    ("ping", ["--count", "0", "fd00::1"], "--count 0: not a number of requests"),
    ("ping", ["--count", "4294967296", "fd00::1"], "not a number of requests"),
    ("ping", ["--count", "-1", "fd00::1"], "not a number of requests"),
    ("ping", ["--size", "65536", "fd00::1"], "--size 65536: not a number of bytes"),
    ("ping", ["--size", "1x", "fd00::1"], "not a number of bytes"),
    ("ping", ["--interval", "0", "fd00::1"], "--interval 0: not a number of seconds"),
    ("ping", ["--interval", ".", "fd00::1"], "seconds"),
    ("ping", ["--interval", "1.2.3", "fd00::1"], "seconds"),
    ("ping", ["--timeout", "-1", "fd00::1"], "--timeout -1: not a number of seconds"),
]


def check_refused(program, arguments, expected, before=()):
    done = run(*before, os.path.join(Program.directory, program), *arguments, timeout=5)
    result = f"{program} {' '.join(arguments)}: status {done.returncode}, {done.stdout!r}, {done.stderr!r}"
    check(done.returncode == 2, f"status is not 2: {result}")
    check(done.stdout == "", f"output is not empty: {result}")
    check(done.stderr.startswith(f"{program}: ") and done.stderr.count("\n") == 1, f"not one line of error: {result}")
    check(expected in done.stderr, f'"{expected}" is not in the message: {result}')


@suite.test
def wrong_arguments_are_named():
    for program, arguments, expected in WRONG_ARGUMENTS:
        check_refused(program, arguments, expected)


@suite.test
def arguments_that_do_not_fit_each_other_are_named():
    tap = Tap()
    twice = ["--tap", tap.name, "--address", f"{tap.node}/64", "--address", f"{tap.node}/64"]
    check_refused("echo", twice, f"{tap.node}: the node has this address already")
    check_refused("echo", ["--tap", tap.name, "--gateway", "2001:db8::1"], "--gateway: the gateway must be on the link")
    check_refused("echo", ["--tap", tap.name, "--pci-without-iommu"], "--pci-without-iommu: is for a network card")
    check_refused("ping", ["--tap", tap.name, "--size", str(FRAGMENTS_MAX + 1), tap.kernel], "--size: too much")


@suite.test
def devices_and_files_that_cannot_be_opened_are_named():
    tap = Tap()
    check_refused("echo", ["--tap", "lo"], "lo: ")
    must("ip", "link", "add", "bridge0", "type", "bridge")
    check_refused("echo", ["--tap", "bridge0"], "bridge0: ")
    check_refused("echo", ["--tap", tap.name, "--pcap", "/nonexistent/x.pcap"], "/nonexistent/x.pcap: ")
    echo_on(tap)
    check_refused("echo", ["--tap", tap.name], f"{tap.name}: ")
    without_rights = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
    check_refused("echo", ["--tap", "newtap0"], "newtap0: ", without_rights)


GONE = "echo: the port: its device is gone: it was unplugged, or deleted; the program cannot go on without it"


@suite.test
def program_reports_that_its_interface_was_deleted():
    for is_up in (True, False):
        tap = Tap()
        must("ip", "link", "set", tap.name, "up" if is_up else "down")
        echo = echo_on(tap) if is_up else Program("echo", tap)
        echo.wait_line("listening on" if is_up else "waiting for the link to come up")
        must("ip", "link", "delete", tap.name)
        status = echo.wait()
        check(status == 2 and echo.errors.splitlines() == [GONE], f"{status}: {echo.lines} {echo.errors}")


@suite.test
def recording_that_ends_leaves_the_program_running():
    """The recording is a pipe, whose reader closes it."""
    tap = Tap()
    pipe = os.path.join(Program.recordings, "pipe")
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    echo = echo_on(tap, "--pcap", pipe, record=False)
    tap.check_ping(tap.node)
    os.close(reader)
    tap.check_ping(tap.node)
    status = echo.stop()
    messages = ("--pcap: Broken pipe", "--pcap: the recording has ended; the program continues without it",
                f"{pipe}: not all frames are in it")
    check(status == 2 and echo.errors.splitlines() == [f"echo: {text}" for text in messages],
          f"{status}: {echo.lines} {echo.errors}")


@suite.test
def usage_lists_every_option():
    of_both = ("--tap", "--pci", "--pci-without-iommu", "--mac", "--address", "--no-slaac", "--temporary", "--dhcp",
               "--dhcp-prefix", "--secret", "--no-secret", "--gateway", "--group", "--pcap", "--stats", "--help")
    for program, options in (("echo", of_both), ("ping", (*of_both, "--count", "--size", "--interval", "--timeout"))):
        done = run(os.path.join(Program.directory, program), "--help")
        check(done.returncode == 0 and done.stderr == "", f"{program} --help: {done}")
        for option in options:
            check(f"  {option}" in done.stdout, f"{program} --help does not list {option}:\n{done.stdout}")


# -- Recorded frames ---------------------------------------------------------------------------------------------------


@suite.test_alone
def all_frames_are_well_formed():
    check_recorded(1000)


if __name__ == "__main__":
    sys.exit(suite.main())
