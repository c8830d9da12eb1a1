#!/usr/bin/env python3
"""The examples on TAP interfaces, with the Linux kernel as the node at the other end.

    linux_peer.py DIRECTORY     the folder with the programs echo and ping

Runs in a network namespace of its own, which ends with it: as root, or without root where users may make namespaces and
open /dev/net/tun. Prints a line PASS, FAIL or SKIP for each test; exits with 0 if none failed, 1 if one did, 77 if
none could be run.
"""

import concurrent.futures
import itertools
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

INSIDE = "--inside-namespace"
SKIPPED = 77
ECHO_PORT = 7
CLOSED_PORT = 9
UNKNOWN_NEXT_HEADER = 253  # for experiments (RFC 3692)
MTU = 1500
FRAGMENTS_MOST = 9000 - 48  # data of the longest packet that is reassembled, and sent in fragments
PING_MOST = MTU - 48  # data of an Echo Request that fills the MTU; of a UDP datagram too


class Failure(Exception):
    """What a test found wrong."""


class Skip(Exception):
    """Why a test could not be run."""


def check(condition, problem):
    if not condition:
        raise Failure(problem)


def wait_for(condition, seconds, what):
    """Returns what condition() gives, once it gives something."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < end, f"after {seconds} s still not there: {what}")
        time.sleep(0.01)


def run(*command, timeout=30):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def must(*command):
    done = run(*command)
    check(done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def set_kernel(name, value):
    with open(f"/proc/sys/net/ipv6/{name}", "w", encoding="ascii") as file:
        file.write(f"{value}\n")


class Tap:
    """A TAP interface that the kernel uses as fd00:N::1, and a node is to use as fd00:N::2."""

    numbers = itertools.count(1)

    def __init__(self):
        number = next(Tap.numbers)
        self.name = f"tap{number}"
        self.kernel = f"fd00:{number:x}::1"
        self.node = f"fd00:{number:x}::2"
        self.nobody = f"fd00:{number:x}::dead"
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.link_local = f"fe80::ff:fe00:{number:x}"
        must("ip", "tuntap", "add", "dev", self.name, "mode", "tap")
        for name, value in (("accept_dad", 0), ("accept_ra", 0), ("router_solicitations", 0)):
            set_kernel(f"conf/{self.name}/{name}", value)
        must("ip", "link", "set", self.name, "up")
        self.add_kernel_address()

    def add_kernel_address(self):
        must("ip", "address", "add", f"{self.kernel}/64", "dev", self.name, "nodad")

    def ping(self, address, *options):
        """Has ping(8) ping the node; returns its output."""
        if address.startswith("fe80:"):
            address = f"{address}%{self.name}"
        return run("ping", "-6", "-n", *options, address, timeout=90).stdout

    def check_ping(self, address, size=56):
        output = self.ping(address, "-c", "1", "-W", "3", "-s", str(size))
        check(" 1 received, 0% packet loss" in output, f"{size} bytes to {address}:\n{output}")


class Program:
    """An example that runs. Every frame of it goes to a file, for all_frames_are_well_formed."""

    directory = ""
    recordings = ""
    recorded = []  # (file, MAC address of the node)
    running = threading.local()  # .programs: those of this thread's test

    def __init__(self, name, tap, *options, record=True):
        command = [os.path.join(Program.directory, name), "--tap", tap.name, "--mac", tap.mac, *options]
        if record:
            file = os.path.join(Program.recordings, f"{tap.name}.pcap")
            Program.recorded.append((file, tap.mac))
            command += ["--pcap", file]
        self.lines = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        Program.running.programs.append(self)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def has(self, text):
        return [line for line in self.lines if text in line]

    def wait_line(self, text, seconds=5):
        ended = lambda: self.process.poll() is not None and not self.reader.is_alive()
        wait_for(lambda: self.has(text) or ended(), seconds, f'the line "{text}"; there is {self.lines}')
        check(self.has(text), f'no line "{text}" but {self.lines}')

    def wait(self, seconds=15):
        """Waits for the end; returns the exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"still runs after {seconds} s: {self.lines}") from None
        self.reader.join()
        self.errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        Program.running.programs.remove(self)
        return status

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    @classmethod
    def end_all(cls):
        for program in list(cls.running.programs):
            program.process.kill()
            program.wait()


def echo_on(tap, *options, **keywords):
    """An echo whose addresses can be used."""
    echo = Program("echo", tap, "--address", f"{tap.node}/64", *options, **keywords)
    echo.wait_line("listening on")
    return echo


TESTS = []   # they share nothing but the kernel: each has TAPs of its own
ALONE = []   # they need all of the machine, or change all of the namespace


def test(function):
    TESTS.append(function)
    return function


def test_alone(function):
    ALONE.append(function)
    return function


# -- The slowest test, first, so that the others run beside it ---------------------------------------------------------


@test
def node_finds_kernel_that_moved_without_a_word():
    """Neighbor Unreachability Detection (RFC 4861, 7.3): REACHABLE for 45 s at most, DELAY 5 s, PROBE 3 s, search."""
    tap = Tap()
    ping = Program("ping", tap, "--address", f"{tap.node}/64", "--interval", "0.5", tap.kernel)
    ping.wait_line("bytes from")
    must("ip", "link", "set", tap.name, "address", "02:00:00:00:ff:03")
    before = len(ping.has("bytes from"))
    wait_for(lambda: len(ping.has("bytes from")) > before + 3, 60, "replies after the move")


# -- The node answers the kernel ---------------------------------------------------------------------------------------


@test
def echo_says_what_it_listens_on():
    tap = Tap()
    echo = echo_on(tap)
    check(echo.lines[-1] == f"listening on {tap.link_local}, {tap.node}", f"{echo.lines}")


def check_ping_sizes(link_local):
    tap = Tap()
    echo_on(tap)
    for size in (0, 1, 7, 8, 56, 1000, 1232, PING_MOST):
        tap.check_ping(tap.link_local if link_local else tap.node, size)


@test
def ping_of_every_size_to_link_local_address():
    check_ping_sizes(True)


@test
def ping_of_every_size_to_global_address():
    check_ping_sizes(False)


@test
def ping_in_fragments_comes_back():
    tap = Tap()
    echo_on(tap)
    for size in (PING_MOST + 1, 2000, 2896, 2897, 5000, FRAGMENTS_MOST):
        tap.check_ping(tap.node, size)
    tap.ping(tap.node, "-c", "2", "-i", "0.1", "-W", "1", "-s", str(FRAGMENTS_MOST + 1))  # no room: no answer
    tap.check_ping(tap.node)


@test_alone
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


@test
def udp_echo_returns_every_size():
    tap = Tap()
    echo_on(tap)
    for address in (tap.node, tap.link_local):
        with udp_socket(tap, address, ECHO_PORT) as peer:
            for size in range(PING_MOST + 1):
                sent = bytes((size + i) % 256 for i in range(size))
                peer.send(sent)
                check(peer.recv(65536) == sent, f"{size} bytes to {address} came back changed")
            for size in range(PING_MOST + 1, FRAGMENTS_MOST + 1, 97):
                sent = bytes((size + i) % 251 for i in range(size))
                peer.send(sent)
                check(peer.recv(65536) == sent, f"{size} bytes to {address}, in fragments, came back changed")


JUMBO = 9000  # the MTU that Ethernet with jumbo frames has


@test
def jumbo_frames_are_answered_whole():
    tap = Tap()
    must("ip", "link", "set", tap.name, "mtu", str(JUMBO))
    echo_on(tap)
    for size in (PING_MOST + 1, JUMBO - 49, JUMBO - 48):
        tap.check_ping(tap.node, size)
        with udp_socket(tap, tap.node, ECHO_PORT) as peer:
            sent = bytes(i % 251 for i in range(size))
            peer.send(sent)
            check(peer.recv(65536) == sent, f"{size} bytes came back changed")
    with open(f"/proc/net/dev_snmp6/{tap.name}", encoding="ascii") as file:
        counted = dict(line.split() for line in file)
    fragments = [name for name in ("Ip6FragCreates", "Ip6ReasmReqds") if counted[name] != "0"]
    check(not fragments, f"the kernel counts fragments: {fragments}")
    with udp_socket(tap, tap.node, CLOSED_PORT) as peer:  # quoted as far as the minimum MTU goes
        peer.send(bytes(JUMBO - 48))
        try:
            peer.recv(1)
        except ConnectionRefusedError:
            return
        raise Failure("no ECONNREFUSED for a jumbo frame")


@test
def closed_udp_port_refuses():
    tap = Tap()
    echo_on(tap)
    for size in (0, 1, PING_MOST):
        with udp_socket(tap, tap.node, CLOSED_PORT) as peer:
            peer.send(bytes(size))
            try:
                peer.recv(1)
            except ConnectionRefusedError:
                continue
            raise Failure(f"no ECONNREFUSED for {size} bytes")


@test
def unknown_next_header_is_a_parameter_problem():
    tap = Tap()
    echo_on(tap)
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as errors, socket.socket(
        socket.AF_INET6, socket.SOCK_RAW, UNKNOWN_NEXT_HEADER
    ) as peer:
        errors.settimeout(3)
        peer.sendto(b"what is this", (tap.node, 0))
        message, source = b"\0", ("",)
        while message[0] != 4 or source[0] != tap.node:
            message, source = errors.recvfrom(2048)
        code, pointer = message[1], struct.unpack(">I", message[4:8])[0]
        check((code, pointer) == (1, 6), f"code {code}, pointer {pointer}: not the IPv6 header's Next Header")
        check(message[8 + 40 :] == b"what is this", "the error does not quote the packet")


# -- Neighbors come, go and change -------------------------------------------------------------------------------------


@test
def kernel_finds_node_again_after_forgetting_it():
    tap = Tap()
    echo_on(tap)
    tap.check_ping(tap.node)
    for _ in range(3):
        must("ip", "neighbor", "flush", "dev", tap.name)
        check(tap.mac not in must("ip", "neighbor", "show", "dev", tap.name), "the kernel has not forgotten the node")
        tap.check_ping(tap.node)
        check(tap.mac in must("ip", "neighbor", "show", "dev", tap.name), "the kernel has not learned the node's MAC")


@test
def node_answers_kernel_at_its_new_mac():
    tap = Tap()
    echo_on(tap)
    tap.check_ping(tap.node)
    must("ip", "link", "set", tap.name, "address", "02:00:00:00:ff:01")
    tap.check_ping(tap.node)
    with udp_socket(tap, tap.node, ECHO_PORT) as peer:
        peer.send(b"moved")
        check(peer.recv(100) == b"moved", "the echo came back changed")


@test
def node_follows_kernel_to_its_new_mac():
    """The kernel says that it has moved (unsolicited Neighbor Advertisement), and asks for nothing itself."""
    tap = Tap()
    set_kernel(f"conf/{tap.name}/ndisc_notify", 1)
    ping = Program("ping", tap, "--address", f"{tap.node}/64", "--interval", "0.05", tap.kernel)
    ping.wait_line("bytes from")
    must("ip", "link", "set", tap.name, "address", "02:00:00:00:ff:02")
    before = len(ping.has("bytes from"))
    wait_for(lambda: len(ping.has("bytes from")) > before + 10, 5, "replies after the move")


@test
def node_answers_after_link_was_down():
    tap = Tap()
    echo = echo_on(tap)
    tap.check_ping(tap.node)
    must("ip", "link", "set", tap.name, "down")
    must("ip", "link", "set", tap.name, "up")
    tap.add_kernel_address()
    tap.check_ping(tap.node)
    check(echo.stop() == 0, echo.errors)


# -- Duplicate Address Detection, from both sides ----------------------------------------------------------------------


@test
def node_refuses_address_that_kernel_has():
    tap = Tap()
    echo = Program("echo", tap, "--address", f"{tap.kernel}/64")
    echo.wait_line(f"address {tap.kernel} is in use by another node")
    echo.wait_line("listening on")
    check(echo.has("listening on") == [f"listening on {tap.link_local}"], f"{echo.lines}")
    tap.check_ping(tap.link_local)
    check(echo.stop() == 0, echo.errors)


@test
def node_stops_if_kernel_has_its_link_local_address():
    tap = Tap()
    must("ip", "address", "add", f"{tap.link_local}/64", "dev", tap.name, "nodad")
    echo = Program("echo", tap, "--address", f"{tap.node}/64")
    check(echo.wait() == 2, "exit status is not 2")
    check(echo.lines[-1] == f"address {tap.link_local} is in use by another node", f"{echo.lines}")
    check("no address is left" in echo.errors, echo.errors)


@test
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


@test
def ping_prints_every_reply_and_statistics():
    sizes = (0, 1, 56, PING_MOST, PING_MOST + 1, FRAGMENTS_MOST)
    taps = [Tap() for _ in sizes]
    pings = [
        ping_from(tap, "--count", "3", "--interval", "0.1", "--size", str(size), tap.kernel)
        for tap, size in zip(taps, sizes)
    ]
    for tap, size, ping in zip(taps, sizes, pings):
        check(ping.wait() == 0, f"{ping.lines} {ping.errors}")
        check_replies(ping, tap.kernel, size, 3)


@test
def ping_of_link_local_address():
    tap = Tap()
    must("ip", "address", "add", "fe80::1/64", "dev", tap.name, "nodad")
    ping = ping_from(tap, "--count", "1", "fe80::1")
    check(ping.wait() == 0, f"{ping.lines} {ping.errors}")
    check_replies(ping, "fe80::1", 56, 1)


@test
def ping_of_unused_address_is_unreachable():
    tap = Tap()
    ping = ping_from(tap, "--count", "1", tap.nobody)
    check(ping.wait() == 1, "exit status is not 1")
    check(ping.has("icmp_seq=1 Destination unreachable: Address unreachable"), f"{ping.lines}")
    check(ping.has("1 packets transmitted, 0 received, +1 errors, 100% packet loss"), f"{ping.lines}")


@test_alone
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


@test_alone
def ping_through_gateway_tells_what_gateway_says():
    tap = Tap()
    set_kernel("conf/all/forwarding", 1)
    try:
        ping = ping_from(tap, "--gateway", tap.kernel, "--count", "1", "2001:db8::1")
        check(ping.wait() == 1, "exit status is not 1")
    finally:
        set_kernel("conf/all/forwarding", 0)
    check(ping.has(f"From {tap.kernel} icmp_seq=1 Destination unreachable: No route"), f"{ping.lines}")


@test
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


# -- How the programs end ----------------------------------------------------------------------------------------------


@test
def echo_ends_cleanly_when_told_to():
    for number in (signal.SIGTERM, signal.SIGINT):
        tap = Tap()
        echo = echo_on(tap)
        tap.check_ping(tap.node)
        check(echo.stop(number) == 0, echo.errors)
        check(echo.has("  1 Echo Replies written"), f"{echo.lines}")
        check(echo.has("frames sent"), f"{echo.lines}")


@test
def ping_ends_cleanly_when_told_to():
    for number in (signal.SIGTERM, signal.SIGINT):
        tap = Tap()
        ping = ping_from(tap, tap.kernel)
        ping.wait_line("bytes from")
        check(ping.stop(number) == 0, ping.errors)
        check(ping.has("1 packets transmitted, 1 received, 0% packet loss"), f"{ping.lines}")


@test
def counters_are_printed_now_and_then():
    tap = Tap()
    echo = echo_on(tap, "--stats", "0.2")
    tap.check_ping(tap.node)
    echo.wait_line("  1 Echo Replies written")
    printed = len(echo.has("the node counted:"))
    wait_for(lambda: len(echo.has("the node counted:")) > printed + 2, 5, "the counters, again and again")


WRONG_ARGUMENTS = [
    # program, arguments, what the error must name
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
    ("echo", ["--mac", "00:00:00:00:00:00"], "none's"),
    ("echo", ["--address", "fd00::2"], "--address fd00::2: not a unicast IPv6 address with its prefix length"),
    ("echo", ["--address", "fd00::2/129"], "prefix length"),
    ("echo", ["--address", "fd00:::2/64"], "prefix length"),
    ("echo", ["--address", "ff02::1/64"], "unicast"),
    ("echo", ["--address", "::/64"], "unicast"),
    ("echo", ["--address", "::1/128"], "unicast"),
    ("echo", [word for i in range(40) for word in ("--address", f"fd00::{i + 2:x}/64")], "too many"),
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
    said = f"{program} {' '.join(arguments)}: status {done.returncode}, {done.stdout!r}, {done.stderr!r}"
    check(done.returncode == 2, f"status is not 2: {said}")
    check(done.stdout == "", f"said something on standard output: {said}")
    check(done.stderr.startswith(f"{program}: ") and done.stderr.count("\n") == 1, f"not one line of error: {said}")
    check(expected in done.stderr, f'nothing about "{expected}": {said}')


@test
def wrong_arguments_are_named():
    for program, arguments, expected in WRONG_ARGUMENTS:
        check_refused(program, arguments, expected)


@test
def arguments_that_do_not_fit_each_other_are_named():
    tap = Tap()
    twice = ["--tap", tap.name, "--address", f"{tap.node}/64", "--address", f"{tap.node}/64"]
    check_refused("echo", twice, f"{tap.node}: the node has this address already")
    check_refused("echo", ["--tap", tap.name, "--gateway", "2001:db8::1"], "--gateway: the gateway must be on the link")
    check_refused("ping", ["--tap", tap.name, "--size", str(FRAGMENTS_MOST + 1), tap.kernel], "--size: too much")


@test
def what_cannot_be_opened_is_named():
    tap = Tap()
    check_refused("echo", ["--tap", "lo"], "lo: ")
    must("ip", "link", "add", "bridge0", "type", "bridge")
    check_refused("echo", ["--tap", "bridge0"], "bridge0: ")
    check_refused("echo", ["--tap", tap.name, "--pcap", "/nonexistent/x.pcap"], "/nonexistent/x.pcap: ")
    echo_on(tap)
    check_refused("echo", ["--tap", tap.name], f"{tap.name}: ")
    without_rights = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
    check_refused("echo", ["--tap", "newtap0"], "newtap0: ", without_rights)


@test
def help_tells_every_option():
    for program, options in (("echo", ("--tap", "--mac", "--address", "--gateway", "--group", "--pcap", "--stats", "--help")),
                             ("ping", ("--count", "--size", "--interval", "--timeout", "--address"))):
        done = run(os.path.join(Program.directory, program), "--help")
        check(done.returncode == 0 and done.stderr == "", f"{program} --help: {done}")
        for option in options:
            check(f"  {option}" in done.stdout, f"{program} --help says nothing of {option}:\n{done.stdout}")


# -- What was on the wire: the last test looks at what the others recorded ---------------------------------------------


@test_alone
def all_frames_are_well_formed():
    fields = ("frame.number", "_ws.malformed", "_ws.expert.message", "icmpv6.checksum.status", "udp.checksum.status")
    good = 0
    for file, mac in Program.recorded:
        sent = ["-Y", f"eth.src == {mac}"]
        command = ["tshark", "-n", "-r", file, "-o", "udp.check_checksum:TRUE", *sent, "-T", "fields"]
        for field in fields:
            command += ["-e", field]
        try:
            done = run(*command)
        except FileNotFoundError:
            raise Skip("tshark is not installed") from None
        check(done.returncode == 0, f"tshark cannot read {file}: {done.stderr}")
        for line in done.stdout.splitlines():
            number, malformed, expert, *statuses = line.split("\t")
            statuses = ",".join(statuses).split(",")
            check(not malformed and "0" not in statuses, f"{file}, frame {number}: {malformed} {expert} {statuses}")
            good += "1" in statuses
    check(good > 1000, f"only {good} frames with a checksum to look at")


# -- The run -----------------------------------------------------------------------------------------------------------


def enter_namespace():
    """Starts this script again in a namespace of its own; returns only where that cannot be, with the reason."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]
    try:
        open("/dev/net/tun", "rb").close()
        tried = run(*unshare, "ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    if tried.returncode != 0:
        return f"{' '.join(unshare)}: {tried.stderr.strip()}"
    sys.stdout.flush()
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv[:1], INSIDE, *sys.argv[1:]])
    return ""


def run_test(function):
    """Prints how it went; returns False if it failed."""
    Program.running.programs = []
    result = "PASS"
    try:
        function()
    except Skip as reason:
        result, why = "SKIP", str(reason)
    except (Failure, OSError, subprocess.SubprocessError) as reason:
        result, why = "FAIL", f"{type(reason).__name__}: {reason}"
    finally:
        Program.end_all()
    print(f"{result} {function.__name__}" + ("" if result == "PASS" else f": {why}"), flush=True)
    return result != "FAIL"


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] != INSIDE:
        print(f"SKIP linux_peer: {enter_namespace()}")
        return SKIPPED
    Program.directory = os.path.abspath(sys.argv[2])
    must("ip", "link", "set", "lo", "up")
    with tempfile.TemporaryDirectory(prefix="v6nf-") as Program.recordings:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:  # most of them wait for Duplicate Address Detection
            passed = list(pool.map(run_test, TESTS))
        passed += [run_test(function) for function in ALONE]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
