#!/usr/bin/env python3
"""The examples on network interfaces of Linux, by AF_XDP: one end of a veth pair, whose other end is in a namespace of
its own. The kernel has addresses on the same interface, and keeps what is for it.

    xdp.py DIRECTORY     the folder with the programs echo, ping and nf_*

Runs, and reports, as peer.py says. Needs the rights of root outside of user namespaces.
"""

import ctypes
import fcntl
import itertools
import os
import signal
import socket
import struct
import sys
import time

from peer import (ECHO_PORT, PING_MAX, SKIPPED, Namespace, Process, Program, Suite, Tap, check, must, run, set_kernel,
                  wait_for)

AF_XDP = 44
SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM = 0x17
READY = "listening on"
SWITCHES_MAX = 15  # context switches in a second: the examples look at their link 10 times

suite = Suite("xdp", __doc__)


def turn_checksums_on(name):
    """Let the kernel compute the checksums of what it sends: it leaves that to the receiver on a veth pair."""
    value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP16x", name.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)


class Veth:
    """A pair. The kernel of the near end is fd00:N::1, the node there is fd00:N::2, and the far kernel fd00:N::3."""

    numbers = itertools.count(1)

    def __init__(self, queues=1):
        number = next(Veth.numbers)
        self.name, self.far_name = f"near{number}", f"far{number}"
        self.kernel, self.node, self.far_kernel = (f"fd00:{number:x}::{host}" for host in (1, 2, 3))
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.link_local = f"fe80::ff:fe00:{number:x}"
        self.far = Namespace()
        count = ("numtxqueues", str(queues), "numrxqueues", str(queues))
        must("ip", "link", "add", "name", self.name, *count, "type", "veth", "peer", "name", self.far_name, *count)
        turn_checksums_on(self.far_name)
        must("ip", "link", "set", self.far_name, "netns", self.far.pid)
        self.far.bring_up(self.far_name, f"{self.far_kernel}/64", "fe80::3/64")
        for setting, value in (("accept_dad", 0), ("accept_ra", 0), ("router_solicitations", 0)):
            set_kernel(f"conf/{self.name}/{setting}", value)
        must("ip", "link", "set", self.name, "up")
        must("ip", "address", "add", f"{self.kernel}/64", "dev", self.name, "nodad")

    def ping(self, address, *options):
        """Ping from the far kernel, and return the output of ping(8)."""
        if address.startswith("fe80:"):
            address = f"{address}%{self.far_name}"
        return run(*self.far.inside, "ping", "-6", "-n", *options, address, timeout=120).stdout

    def check_ping(self, address, size=56):
        output = self.ping(address, "-c", "1", "-W", "3", "-s", str(size))
        check(" 1 received, 0% packet loss" in output, f"{size} bytes to {address}:\n{output}")

    def is_free(self):
        """Nothing of a program is left on the interface."""
        shown = must("ip", "-d", "link", "show", self.name)
        return "xdp" not in shown and " promiscuity 0 " in shown and " allmulti 1 " not in shown

    def start(self, name, *options):
        return Process(os.path.join(Program.directory, name), "--xdp", self.name, "--mac", self.mac, "--no-slaac",
                       "--no-secret", "--address", f"{self.node}/64", *options)


def echo_on(veth):
    echo = veth.start("echo")
    echo.wait_line(READY, 20)
    check(echo.has("AF_XDP on") and "mode" in echo.lines[0], f"{echo.lines}")
    return echo


@suite.test
def echo_answers_the_kernel_at_the_other_end():
    veth = Veth()
    echo = echo_on(veth)
    for address in (veth.node, veth.link_local):
        for size in (0, 1, 56, PING_MAX, 4000):
            veth.check_ping(address, size)
    output = veth.ping(veth.node, "-f", "-c", "20000", "-w", "60")
    check(" 0% packet loss" in output, output)
    for size in (0, 1, PING_MAX):
        script = (f"import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.settimeout(5); "
                  f"s.sendto(bytes({size}), ('{veth.node}', {ECHO_PORT})); print(len(s.recv(65536)))")
        check(veth.far.must(sys.executable, "-c", script) == f"{size}\n", f"UDP, {size} bytes")
    check(echo.stop() == 0, f"{echo.lines} {echo.errors}")
    wait_for(veth.is_free, 5, "an interface without program")


@suite.test
def ping_reaches_the_kernel_at_the_other_end():
    veth = Veth()
    ping = veth.start("ping", "--count", "5", "--interval", "0.1", "--size", str(PING_MAX), veth.far_kernel)
    check(ping.wait(30) == 0 and ping.has("5 received"), f"{ping.lines} {ping.errors}")


@suite.test
def connections_of_the_kernel_go_on():
    """As SSH over the same interface: before, while and after a node runs there, which is killed. Both ends forget
    their neighbors: solicitations to groups must reach the kernel and the node."""
    veth = Veth()
    peer = f"""if True:
        import socket
        listener = socket.create_server(("{veth.far_kernel}", 2222), family=socket.AF_INET6)
        print("ready", flush=True)
        connection = listener.accept()[0]
        while data := connection.recv(4096):
            connection.sendall(data)
        """
    turn_checksums_on(veth.name)
    server = Process(*veth.far.inside, sys.executable, "-c", peer)
    server.wait_line("ready", 20)
    with socket.create_connection((veth.far_kernel, 2222), timeout=20) as connection:
        def use():
            for _ in range(20):
                connection.sendall(b"x" * 2000)
                got = 0
                while got < 2000:
                    data = connection.recv(4096)
                    check(data, "the connection has ended")
                    got += len(data)
            must("ip", "neighbor", "flush", "dev", veth.name)
            veth.far.must("ip", "neighbor", "flush", "dev", veth.far_name)

        use()
        echo = echo_on(veth)
        for _ in range(5):
            use()
            veth.check_ping(veth.kernel)
            veth.check_ping(veth.node)
        echo.process.kill()
        use()
        check(echo.wait() == -signal.SIGKILL, f"{echo.lines}")
        use()


@suite.test
def killed_program_leaves_nothing():
    veth = Veth()
    check(veth.is_free(), "a new interface has a program")
    for _ in range(3):
        echo = echo_on(veth)
        check("xdp" in must("ip", "link", "show", veth.name) and not veth.is_free(), "no program")
        flood = Process(*veth.far.inside, "ping", "-6", "-n", "-q", "-f", "-w", "20", veth.node)
        time.sleep(0.3)
        check(echo.stop(signal.SIGKILL) == -signal.SIGKILL, f"{echo.lines}")
        wait_for(veth.is_free, 5, "an interface without program")
        flood.stop()


@suite.test
def refusals_say_what_to_do():
    veth = Veth()
    echo_on(veth)

    def check_refused(text, *command):
        refused = Process(*command, "--address", f"{veth.node}/64")
        check(refused.wait() == 2 and text in refused.errors, f"{text}: {refused.lines} {refused.errors}")

    program = os.path.join(Program.directory, "echo")
    check_refused("another XDP program", program, "--xdp", veth.name)
    check_refused("no interface of this name", program, "--xdp", "absent")
    check_refused("no Ethernet interface", program, "--xdp", "lo")
    check_refused("1 to 15 characters", program, "--xdp", "a_name_that_is_too_long")
    check_refused("one of them is enough", program, "--xdp", veth.name, "--tap", "tap0")
    check_refused("CAP_NET_RAW", "setpriv", "--reuid", "65534", "--clear-groups", program, "--xdp", veth.name)
    must("ip", "link", "add", "name", "jumbo", "mtu", "9000", "type", "veth", "peer", "name", "jumbo_far")
    check_refused("does not fit into one buffer", program, "--xdp", "jumbo")


@suite.test
def deleted_interface_ends_the_program():
    veth = Veth()
    echo = echo_on(veth)
    must("ip", "link", "set", veth.name, "down")
    time.sleep(0.5)
    must("ip", "link", "set", veth.name, "up")
    must("ip", "address", "add", f"{veth.kernel}/64", "dev", veth.name, "nodad")
    wait_for(lambda: " 1 received" in veth.ping(veth.node, "-c", "1", "-W", "1"), 20, "a reply after the link was down")
    must("ip", "link", "delete", veth.name)
    check(echo.wait(5) == 2 and "is gone" in echo.errors, f"{echo.lines} {echo.errors}")


# -- Network functions -------------------------------------------------------------------------------------------------


def start_function(name, *options):
    function = Process(os.path.join(Program.directory, f"nf_{name}"), *options)
    function.wait_line(": running", 20)
    return function


shared_numbers = itertools.count(1)


def same_link(veths):
    """Give the far kernels addresses of one link, and return these."""
    addresses = []
    for veth in veths:
        addresses.append(f"fd00:ffff::{next(shared_numbers):x}")
        veth.far.must("ip", "address", "add", f"{addresses[-1]}/64", "dev", veth.far_name, "nodad")
    return addresses


def check_all_reach_all(veths, addresses):
    for veth in veths:
        for address in addresses:
            for size in (56, PING_MAX, 4000):
                veth.check_ping(address, size)


@suite.test
def bridges_join_interfaces():
    """Two interfaces, and three, all of whose frames are in common memory. Then an interface and a TAP."""
    for outputs in (1, 2):
        veths = [Veth() for _ in range(outputs + 1)]
        addresses = same_link(veths)
        bridge = start_function(f"bridge_{outputs}", *(text for veth in veths for text in ("--xdp", veth.name)))
        check(len(bridge.has("AF_XDP on")) == outputs + 1, f"{bridge.lines}")
        check_all_reach_all(veths, addresses)
        output = veths[0].ping(addresses[-1], "-f", "-c", "10000", "-w", "60")
        check(" 0% packet loss" in output, output)
        check(bridge.stop() == 0, f"{bridge.lines} {bridge.errors}")
        wait_for(lambda: all(veth.is_free() for veth in veths), 5, "interfaces without program")
    veth, tap = Veth(), Tap()
    address = same_link([veth])[0]
    must("ip", "address", "add", "fd00:ffff::ffff/64", "dev", tap.name, "nodad")
    start_function("bridge_1", "--xdp", veth.name, "--tap", tap.name)
    for size in (56, PING_MAX, 4000):
        tap.check_ping(address, size)
        veth.check_ping("fd00:ffff::ffff", size)


@suite.test
def errors_return_by_the_interface_that_a_packet_came_from():
    """From the buffer in which it arrived, and, with a TAP as the other one, as a copy."""
    near, tap = Veth(), Tap()
    for other in (("--xdp", Veth().name), ("--tap", tap.name)):
        function = start_function("nptv6_1", "--xdp", near.name, *other, "--inside", "fd01:203:405::/48", "--outside",
                                  "2001:db8:1::/48")
        for command in (("address", "replace", "fd01:203:405:ffff::1/64", "nodad"), ("route", "replace",
                        "2001:db8:2::/64"), ("neigh", "replace", "2001:db8:2::1", "lladdr", "02:00:00:00:09:01")):
            near.far.must("ip", "-6", *command[:3], "dev", near.far_name, *command[3:])
        for _ in range(5):
            output = near.ping("2001:db8:2::1", "-c", "1", "-W", "3", "-I", "fd01:203:405:ffff::1")
            check("Parameter problem: Wrong header field at 8" in output, output)
        check(function.stop() == 0, f"{function.lines} {function.errors}")
        wait_for(near.is_free, 5, "an interface without program")


@suite.test
def each_core_has_a_queue():
    """Two agents, each with a queue of both interfaces: the kernel gets no frames of either."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    veths = [Veth(len(cores)) for _ in range(2)]
    addresses = same_link(veths)
    options = [text for veth in veths for text in ("--xdp", veth.name)]
    function = start_function("noop_1", *options, "--cores", ",".join(map(str, cores)), "--stats", "1")
    for _ in range(10):
        check_all_reach_all(veths, addresses)
    wait_for(lambda: any(all(int(one) > 0 for one in line.split(":")[-1].split())
                         for line in function.has("packets of each agent")), 30, f"packets of each: {function.lines}")
    check(function.stop() == 0, f"{function.lines} {function.errors}")
    wait_for(lambda: all(veth.is_free() for veth in veths), 5, "interfaces without program")
    refused = Process(os.path.join(Program.directory, "nf_noop_1"), "--xdp", Veth().name, "--xdp", Veth().name,
                      "--cores", ",".join(map(str, cores)))
    check(len(cores) < 2 or (refused.wait() == 1 and "no such queue" in refused.errors), f"{refused.errors}")


@suite.test
def function_refuses_an_interface_that_is_named_twice():
    for option in ("--xdp", "--tap"):
        refused = Process(os.path.join(Program.directory, "nf_noop_1"), "--xdp", "near", option, "near")
        check(refused.wait() == 1 and "near: is named twice" in refused.errors, f"{refused.errors}")


@suite.test
def deleted_interface_ends_a_function():
    for cores in ((), ("--cores", str(min(os.sched_getaffinity(0))))):
        veths = [Veth(), Veth()]
        function = start_function("noop_1", "--xdp", veths[0].name, "--xdp", veths[1].name, *cores)
        must("ip", "link", "delete", veths[1].name)
        check(function.wait(10) == 1 and function.has("is gone"), f"{function.lines} {function.errors}")


@suite.test_alone
def idle_echo_takes_no_cpu():
    """Other programs can only add to the measurements: one good second of ten is enough."""
    echo = echo_on(Veth())

    def usage():
        with open(f"/proc/{echo.process.pid}/stat", encoding="ascii") as file:
            ticks = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
        with open(f"/proc/{echo.process.pid}/status", encoding="ascii") as file:
            return ticks, sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)

    results = []
    for _ in range(10):
        before = usage()
        time.sleep(1)
        results.append(tuple(after - b for after, b in zip(usage(), before)))
    check(any(ticks <= 1 and switches <= SWITCHES_MAX for ticks, switches in results), f"{results}")


def has_xdp():
    """Return why the tests cannot run, or an empty text."""
    try:
        socket.socket(AF_XDP, socket.SOCK_RAW, 0).close()
        with open("/proc/self/uid_map", encoding="ascii") as file:
            return "" if file.read().split()[2] == "4294967295" else "bpf(2) needs root outside of user namespaces"
    except OSError as error:
        return f"AF_XDP: {error.strerror}"


if __name__ == "__main__":
    missing = has_xdp()
    if missing and len(sys.argv) > 1:
        print(f"SKIP xdp: {missing}")
        sys.exit(SKIPPED)
    sys.exit(suite.main())
