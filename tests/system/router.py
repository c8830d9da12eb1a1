#!/usr/bin/env python3
"""Test the router of examples/router between hosts of Linux, on TAP interfaces.

    router.py DIRECTORY     the directory of the examples

Runs and reports as described in peer.py.
"""

import os
import signal
import socket
import sys
import time

from peer import Namespace, Process, Program, Suite, Tap, check, must, run, set_kernel, wait_for

suite = Suite("router", __doc__)

CONFIG = """# two links
mtu 1 1400
address 0 2001:db8:a::1/64
address 1 2001:db8:b::1/64   # the other one
advertise 0 interval 3 4 preference high
prefix 0 2001:db8:a::/64
rdnss 0 2001:db8:b::53
route 2001:db8:f::/48 prohibited
"""
HOST, OTHER = "2001:db8:a::2", "2001:db8:b::2"


class Control:
    """A client of the control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(path)
        self.file = self.socket.makefile("r", encoding="ascii")

    def ask(self, line):
        """Send a line. Return the lines of the answer."""
        self.socket.sendall(f"{line}\n".encode())
        lines = []
        while not lines or not (lines[-1] == "ok" or lines[-1].startswith("error: ")):
            lines.append(self.file.readline().rstrip("\n"))
            check(lines[-1], f"no answer to {line}: {lines}")
        return lines

    def must(self, line):
        answer = self.ask(line)
        check(answer[-1] == "ok", f"{line}: {answer}")
        return answer[:-1]


def write_file(name, text):
    path = os.path.join(Program.recordings, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


class Routed:
    """Two hosts, and the router between them."""

    def __init__(self, config=CONFIG):
        self.taps = [Tap(), Tap()]
        name = f"router-{self.taps[0].name}"
        self.path = os.path.join(Program.recordings, name)
        interfaces = [text for tap in self.taps for text in ("--tap", tap.name)]
        for tap in self.taps:
            set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
        self.router = Process(os.path.join(Program.directory, "router"), *interfaces, "--config",
                              write_file(f"{name}.lines", config), "--control", self.path)
        self.router.wait_line(": running")
        self.hosts = [Namespace(), Namespace()]
        for tap, host in zip(self.taps, self.hosts):
            must("ip", "link", "set", tap.name, "netns", host.pid)
            host.set(f"conf/{tap.name}/disable_ipv6", 0)
        self.control = Control(self.path)

    def configure_hosts(self):
        for tap, host, address, router in zip(self.taps, self.hosts, (HOST, OTHER), ("2001:db8:a::1", "2001:db8:b::1")):
            host.bring_up(tap.name, f"{address}/64", f"fe80::{tap.mac[-2:]}/64")
            host.must("ip", "route", "add", "default", "via", router, "dev", tap.name)
        wait_for(lambda: self.ping(OTHER, "-W", "1"), 10, "an answer through the router")

    def ping(self, to, *options):
        return " 1 received" in self.hosts[0].run("ping", "-6", "-n", "-c", "1", "-W", "3", *options, to).stdout

    def error(self, to, *options):
        return self.hosts[0].run("ping", "-6", "-n", "-c", "1", "-W", "3", *options, to).stdout


@suite.test
def hosts_reach_each_other_and_errors_reach_them():
    link = Routed()
    link.configure_hosts()
    for size in ("0", "56", "1352"):  # 1352: as long as the MTU of the second link
        check(link.ping(OTHER, "-s", size, "-M", "do"), f"no reply to {size} bytes")
    errors = (("Time exceeded", link.error(OTHER, "-t", "1")), ("No route", link.error("2001:db8:c::1")),
              ("prohibited", link.error("2001:db8:f::1")),
              ("Address unreachable", link.error("2001:db8:b::99", "-W", "6")),
              ("mtu=1400", link.error(OTHER, "-s", "1353", "-M", "do")))
    for text, output in errors:
        check(text in output, f"{text}: {output}")
    counters = link.control.must("show counters")
    check(f"{link.taps[0].name} dropped: Hop Limit exceeded: 1" in counters, f"{counters}")
    neighbors = link.control.must("show neighbors")
    check(any(line.startswith(f"{link.taps[1].name} {OTHER} ") for line in neighbors), f"{neighbors}")
    check(any("2001:db8:a::1/64 preferred" in line for line in link.control.must("show addresses")), "no address")
    check(link.router.stop() == 0, f"{link.router.lines} {link.router.errors}")
    check(not os.path.exists(link.path), "the socket is left over")


@suite.test
def host_configures_itself_by_advertisements():
    link = Routed()
    tap, host = link.taps[0], link.hosts[0]
    for setting, value in (("accept_ra", 1), ("accept_dad", 0), ("addr_gen_mode", 0)):
        host.set(f"conf/{tap.name}/{setting}", value)
    host.must("ip", "link", "set", tap.name, "up")
    wait_for(lambda: "2001:db8:a:" in host.run("ip", "-6", "address", "show", "dev", tap.name).stdout, 15, "an address")
    route = host.run("ip", "-6", "route", "show", "default").stdout
    check("via fe80:" in route and "pref high" in route, route)
    wait_for(lambda: link.ping("2001:db8:b::1", "-W", "1"), 10, "a reply of the router's other interface")
    link.control.must("no advertise 0")
    wait_for(lambda: not host.run("ip", "-6", "route", "show", "default").stdout, 10, "the end of the default route")
    link.control.must("advertise 0 interval 3 4")
    wait_for(lambda: host.run("ip", "-6", "route", "show", "default").stdout, 15, "the default route")
    check(link.router.stop() == 0, f"{link.router.lines} {link.router.errors}")  # within 3 s after an advertisement
    check(not host.run("ip", "-6", "route", "show", "default").stdout, "the default route of a router that has ended")


@suite.test
def routes_change_while_packets_pass():
    link = Routed()
    link.configure_hosts()
    host = link.hosts[1]
    host.must("ip", "address", "add", "2001:db8:d::1/128", "dev", "lo")
    check("No route" in link.error("2001:db8:d::1"), "a route before there is one")
    flood = Process(*link.hosts[0].inside, "ping", "-6", "-n", "-f", "-c", "5000", "-w", "60", OTHER)
    before = time.monotonic()
    for number in range(1000):
        link.control.must(f"route 2001:db8:d:{number:x}::/64 via {OTHER} {link.taps[1].name}")
    link.control.must(f"route 2001:db8:d::/48 via {OTHER} 1")
    shown = link.control.must("show routes")
    check(len(shown) > 1000, f"{len(shown)} routes")
    wait_for(lambda: link.ping("2001:db8:d::1"), 5, "the new route")
    for number in range(1000):
        link.control.must(f"no route 2001:db8:d:{number:x}::/64")
    check(flood.wait(60) == 0 and flood.has(" 5000 received, 0% packet loss"), f"{flood.lines} {flood.errors}")
    check(time.monotonic() - before < 60, "changes of routes are slow")
    link.control.must("no route 2001:db8:d::/48")
    wait_for(lambda: "No route" in link.error("2001:db8:d::1"), 5, "the end of the route")


@suite.test
def no_client_stops_the_router():
    link = Routed()
    link.configure_hosts()
    slow = Control(link.path)
    slow.socket.setblocking(False)
    try:
        for _ in range(10000):  # it never reads the answers
            slow.socket.send(b"show counters\n")
    except BlockingIOError:
        pass
    half = Control(link.path)
    half.socket.sendall(b"route 2001:db8:")
    endless = Control(link.path)
    endless.socket.settimeout(0.2)
    endless.socket.sendall(b"x" * 10000 + b"\n\0\n\xff\n")
    endless.socket.settimeout(5)
    for text in ("longer than 512", "printable", "printable"):
        check(text in endless.file.readline(), text)
    check(link.ping(OTHER), "a client stops the router")
    check("no interface" in link.control.ask("address 9 2001:db8::1/64")[0], "a bad line")
    for client in (slow, half, endless):
        client.file.close()
        client.socket.close()
    wait_for(lambda: Control(link.path).must("show addresses"), 5, "a free slot")
    check(link.router.stop() == 0, f"{link.router.lines} {link.router.errors}")


@suite.test
def idle_clients_yield_and_a_last_line_needs_no_end():
    link = Routed()
    idle = []
    for _ in range(3):  # with that of the link, all that are served
        idle.append(Control(link.path))
        idle[-1].must("show addresses")
    started = time.monotonic()
    operator = Control(link.path)
    operator.socket.settimeout(15)
    check(operator.ask("show addresses")[-1] == "ok", "no answer")
    check(time.monotonic() - started > 8, "a client that was idle for a moment yields")
    operator.socket.sendall(b"route 2001:db8:e::/48 discard")
    operator.socket.shutdown(socket.SHUT_WR)
    check(operator.file.readline() == "ok\n", "the last line is not read")
    check(operator.file.readline() == "", "more than one answer")
    for client in idle:
        client.file.close()
        client.socket.close()
    check(link.router.stop() == 0, f"{link.router.lines} {link.router.errors}")


def check_refused(text, *options):
    done = run(os.path.join(Program.directory, "router"), *options)
    check(done.returncode == 1 and text in done.stdout + done.stderr, f"{options}: {done.returncode} {done}")


@suite.test
def command_lines_and_files_that_make_no_sense_are_refused():
    check_refused("at least two")
    check_refused("at least two", "--tap", "a")
    check_refused("named twice", "--tap", "a", "--tap", "a")
    check_refused("needs a value", "--tap", "a", "--tap")
    check_refused("unknown option", "--tup", "a")
    check_refused("not a number of routes", "--routes", "63")
    check_refused("one interface too many", *(text for i in range(9) for text in ("--tap", f"tap{i}")))
    taps = (Tap(), Tap())
    interfaces = [text for tap in taps for text in ("--tap", tap.name)]
    check_refused("No such file", *interfaces, "--config", "/nowhere")
    check_refused(":2: error: via:", *interfaces, "--config", write_file("bad.lines", "# one\nroute ::/0 via\n"))
    check_refused(":1: error: 1279:", *interfaces, "--config", write_file("mtu.lines", "mtu 0 1279\n"))
    check_refused("longer than 512", *interfaces, "--config", write_file("long.lines", "#" * 513 + "\n"))
    check_refused("too long", *interfaces, "--control", "/" + "a" * 200)
    file = write_file("no.socket", "text")
    check_refused("in use", *interfaces, "--control", file)
    check(os.path.exists(file), "a file was removed")


@suite.test
def links_and_sockets_come_back():
    link = Routed()
    check_refused("in use", "--tap", Tap().name, "--tap", Tap().name, "--control", link.path)
    link.router.stop(signal.SIGKILL)
    check(os.path.exists(link.path), "a killed program removed its socket")
    taps = [Tap(), Tap()]  # they stay in this namespace: the state of a link cannot be seen from another one
    started = Process(os.path.join(Program.directory, "router"), "--tap", taps[0].name, "--tap", taps[1].name,
                      "--control", link.path)
    started.wait_line(": running")
    control = Control(link.path)
    control.must(f"address 0 {taps[0].node}/64")

    def has(state):
        return f"{taps[0].name} {taps[0].node}/64 {state}" in control.must("show addresses")

    wait_for(lambda: has("preferred"), 10, "an address")
    must("ip", "link", "set", taps[0].name, "down")
    time.sleep(0.5)  # the router looks at links ten times a second
    check(has("preferred"), "an address of a link that is down")
    must("ip", "link", "set", taps[0].name, "up")
    wait_for(lambda: has("tentative"), 5, "detection of addresses on a link that is up again")
    wait_for(lambda: has("preferred"), 10, "an address of a link that is up again")
    taps[0].add_kernel_address()  # the kernel removed it
    taps[0].check_ping(taps[0].node)


@suite.test
def router_goes_on_without_an_interface_that_is_deleted():
    link = Routed()
    link.configure_hosts()
    link.hosts[1].must("ip", "link", "delete", link.taps[1].name)
    time.sleep(0.5)  # the router looks at links ten times a second
    check(link.ping("2001:db8:a::1"), "no reply by the other interface")
    link.hosts[0].must("ip", "link", "delete", link.taps[0].name)
    check(link.router.wait() == 1, f"{link.router.lines}")
    check("all are gone" in link.router.errors, link.router.errors)


if __name__ == "__main__":
    sys.exit(suite.main())
