#!/usr/bin/env python3
"""Test the network functions of examples/nf on TAP interfaces.

    functions.py DIRECTORY     the directory of the examples

Runs and reports as described in peer.py.
"""

import os
import socket
import sys
import time

import frames
from peer import PING_MAX, Namespace, Process, Program, Suite, Tap, check, must, run, set_kernel, wait_for
from stations import BURST, EXPERIMENT, LINK, Station, check_burst_passes, check_passes, wait_for_link

suite = Suite("functions", __doc__)


def program(name):
    return os.path.join(Program.directory, f"nf_{name}")


def start(name, *taps, options=()):
    """Start a function on interfaces whose kernel end is silent."""
    interfaces = [text for tap in taps for text in ("--tap", tap.name)]
    started = Process(program(name), *interfaces, *options)
    started.wait_line(": running")
    return started


def silent_tap():
    tap = Tap()
    set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    return tap


def start_between_stations(name, outputs=1):
    taps = [silent_tap() for _ in range(outputs + 1)]
    started = start(f"{name}_{outputs}", *taps)
    return started, [Station(tap) for tap in taps]


def check_nothing(*stations):
    for station in stations:
        check(station.receive(0.3) is None, "a frame arrived that must not")


# -- The functions -----------------------------------------------------------------------------------------------------


@suite.test
def noop_passes_everything():
    started, (left, right) = start_between_stations("noop")
    wait_for_link(left, right, 2, 1)
    for first in range(1, 1001, BURST):
        check_burst_passes(left, right, first % 256, 1, first)
        check_burst_passes(right, left, first % 256, 2, first)
    check(started.stop() == 0, f"{started.lines} {started.errors}")


@suite.test
def noop_passes_to_two_outputs():
    _, stations = start_between_stations("noop", 2)
    wait_for_link(stations[0], stations[1], 2, 1)
    while stations[2].receive(0.5) is not None:
        pass
    for number in range(1, 301):
        sender = stations[number % 3]
        sender.send(2, 1, number)
        for receiver in stations:
            if receiver is not sender:
                received = receiver.receive(3)
                check(received == number, f"sent {number}, received {received}")
    check_nothing(*stations)


@suite.test
def mac_write_changes_both_addresses():
    taps = [silent_tap(), silent_tap()]
    start("mac_write_1", *taps)
    left, right = Station(taps[0]), Station(taps[1])
    wait_for_link(left, right, 7, 8)
    left.send(7, 8, 1234)
    frame = right.wire.receive(3)
    check(frame is not None and frame[:12] == bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]), f"{frame}")
    check(frame[frames.HEADER:frames.HEADER + 4] == (1234).to_bytes(4, "big"), f"{frame}")


@suite.test
def mac_lookup_lets_listed_stations_through():
    taps = [silent_tap(), silent_tap()]
    start("mac_lookup_1", *taps)
    wires = [frames.Wire(tap.name, EXPERIMENT) for tap in taps]

    def frame(station):
        header = bytes([2, 0]) + station.to_bytes(4, "big") + bytes([2, 0, 0, 0, 9, 1]) + EXPERIMENT.to_bytes(2, "big")
        return header + bytes(frames.SHORTEST - len(header))

    for station in (0, 511, 512, 511, 4711):
        wires[0].send(frame(station))
        received = wires[1].receive(3 if station < 512 else 0.5)
        check((received is not None) == (station < 512), f"station {station}: {received}")


@suite.test
def template_passes_advertisements_of_the_router_alone():
    taps = [silent_tap() for _ in range(3)]
    function = start("template_2", *taps, options=("--router", "1"))
    wires = [frames.Wire(tap.name, frames.TYPE_IPV6) for tap in taps]
    flow = frames.Flow(b"\x02\0\0\0\x09\1", frames.address_bytes("fe80::1"), b"\x33\x33\0\0\0\1",
                       frames.address_bytes("ff02::1"))
    wait_for(lambda: wires[0].send(flow.frame(bytes(8))) or wires[1].receive(0.2), LINK, "a first frame")
    for wire in wires:
        while wire.receive(0.5) is not None:
            pass
    for kind in (134, 137, 135, frames.ECHO_REQUEST):  # advertisement, Redirect, and others
        frame = flow.frame(bytes([kind]) + bytes(31), hop_limit=frames.NDP_HOP_LIMIT)
        for sender, wire in enumerate(wires):
            passes = sender == 1 or kind not in (134, 137)
            wire.send(frame)
            for receiver in wires[:sender] + wires[sender + 1:]:
                check(receiver.receive(3 if passes else 0.2) == (frame if passes else None), f"{kind} from {sender}")
    check(function.stop() == 0, f"{function.lines} {function.errors}")
    check(counted(function, "advertisements") == 2 and counted(function, "redirects") == 2, f"{function.lines}")


RATE, BURST_BYTES = 1250000, 125000  # of each prefix, in bytes a second and in bytes


def datagram(prefix, size):
    """Return a frame with a datagram from the prefix."""
    flow = frames.Flow(b"\x02\0\0\0\x09\1", frames.address_bytes(f"{prefix}::1"), b"\x02\0\0\0\x09\2",
                       frames.address_bytes("2001:db8::2"))
    return flow.frame(flow.udp(7, bytes(size)))


@suite.test
def policer_holds_each_prefix_to_its_rate():
    taps = [silent_tap(), silent_tap()]
    start("policer_1", *taps)
    sender, receiver = (frames.Wire(tap.name, frames.TYPE_IPV6) for tap in taps)
    receiver.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    for prefix, end_prefix in (("2001:db8", "2001:db8:ffff"), ("2001:db8:0:1", "2001:db8:ffff:1")):
        frame = datagram(prefix, 900)
        end = datagram(end_prefix, 10)  # its prefix stays below its rate: it follows what was sent before it
        began = last = time.monotonic()
        for _ in range(1000):
            sender.send(frame)
        passed, received, deadline = 0, None, began + 60
        while received != end and time.monotonic() < deadline:
            received = receiver.receive(0.2)
            if received is None:
                sender.send(end)
            elif received == frame:
                passed += 1
                last = time.monotonic()
        check(received == end, "the frame after the last one did not arrive")
        least, most = BURST_BYTES // len(frame), (BURST_BYTES + RATE * (last - began)) / len(frame) + 1
        check(least <= passed <= most, f"{passed} frames passed, not {least} to {most:.0f}")


@suite.test
def bridge_learns_stations():
    _, stations = start_between_stations("bridge", 2)
    wait_for_link(stations[0], stations[1], 2, 1)
    while stations[2].receive(0.5) is not None:
        pass
    stations[1].send(1, 2, 10)  # 1 is known
    check(stations[0].receive(3) == 10, "a frame for a known station did not arrive")
    check_nothing(stations[2])
    for first in range(1, 1001, BURST):
        check_burst_passes(stations[0], stations[1], 2, 1, first)
        check_burst_passes(stations[1], stations[0], 1, 2, first)
    check_nothing(*stations)
    stations[2].send(1, 2, 11)  # 2 has moved
    check(stations[0].receive(3) == 11, "a frame of a station that has moved did not arrive")
    check_passes(stations[0], stations[2], 2, 1, 12)
    check_nothing(stations[1])


@suite.test
def bridge_joins_two_kernels():
    left, right, far = Tap(), Tap(), Namespace()
    start("bridge_1", left, right)
    must("ip", "link", "set", right.name, "netns", far.pid)
    far.bring_up(right.name, f"{left.node}/64")
    wait_for(lambda: " 1 received" in left.ping(left.node, "-c", "1", "-W", "1"), 20, "an answer across the bridge")
    for size in (0, 56, PING_MAX):
        left.check_ping(left.node, size)
    output = left.ping(left.node, "-f", "-c", "20000", "-w", "120")
    check(" 20000 received, 0% packet loss" in output, output)


def counted(started, name):
    """Return what an ended function of one agent has counted."""
    return int(started.has(f": {name} of each agent: ")[-1].split()[-1])


# The example of RFC 6296, 3.6, and another host.
PREFIXES = ("--inside", "fd01:203:405::/48", "--outside", "2001:db8:1::/48")
HOST, HOST_OUTSIDE = "fd01:203:405:1::1234", "2001:db8:1:d550::1234"
OTHER, OTHER_OUTSIDE = "fd01:203:405:2::1234", "2001:db8:1:d551::1234"
UNMAPPABLE, UNMAPPABLE_OUTSIDE = "fd01:203:405:ffff::1", "2001:db8:1:ffff::1"
SEND = """import socket, sys
source, to, port = sys.argv[1:]
sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sender.bind((source, 0))
sender.connect((to, int(port)))
sender.settimeout(5)
sender.send(b"ping")
try:
    print(sender.recv(100).decode())
except ConnectionRefusedError:
    print("refused")
"""


class Translated:
    """A host inside, the translator, and the kernel as the router outside."""

    def __init__(self):
        left, self.outside = Tap(), Tap()
        self.function = start("nptv6_1", left, self.outside, options=PREFIXES)
        self.inside = Namespace()
        must("ip", "link", "set", left.name, "netns", self.inside.pid)
        self.inside.bring_up(left.name, "fe80::2/64", *(f"{one}/64" for one in (HOST, OTHER, UNMAPPABLE)))
        must("ip", "address", "add", "fe80::1/64", "dev", self.outside.name, "nodad")
        self.inside.must("ip", "route", "add", "default", "via", "fe80::1", "dev", left.name)
        must("ip", "route", "add", "2001:db8:1::/48", "via", "fe80::2", "dev", self.outside.name)
        set_kernel("conf/all/forwarding", 1)
        wait_for(lambda: self.ping(HOST, self.outside.kernel, "-W", "1"), 20, "an answer through the translator")

    def ping(self, source, to, *options):
        """Ping from inside. Return true if there was a reply."""
        done = self.inside.run("ping", "-6", "-n", "-c", "1", "-W", "3", *options, "-I", source, to)
        return " 1 received" in done.stdout

    def send(self, source, to, port):
        """Send a datagram from inside. Return the answer."""
        return self.inside.run("python3", "-c", SEND, source, to, str(port)).stdout.strip()


@suite.test
def nptv6_translates_pings_datagrams_connections_and_errors():
    link = Translated()
    outside = link.outside
    for size in ("0", str(PING_MAX)):
        check(link.ping(HOST, outside.kernel, "-s", size), f"no reply to a ping from inside with {size} bytes")
        outside.check_ping(HOST_OUTSIDE, int(size))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.bind((outside.kernel, 0))
        peer.settimeout(5)
        sender = link.inside.start("python3", "-c", SEND, HOST, outside.kernel, str(peer.getsockname()[1]))
        data, source = peer.recvfrom(100)
        check((data, source[0]) == (b"ping", HOST_OUTSIDE), f"{data} from {source}")
        peer.sendto(b"pong", source)
        sender.wait_line("pong")
        closed = peer.getsockname()[1]
    check(link.send(HOST, outside.kernel, closed) == "refused", "no error reached the sender inside")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.connect((HOST_OUTSIDE, 4711))
        sender.settimeout(5)
        sender.send(b"ping")
        try:
            check(False, f"received {sender.recv(100)}")
        except ConnectionRefusedError:
            pass
    link.inside.start("python3", "-u", "-m", "http.server", "--bind", HOST, "8080").wait_line("Serving", 15)
    with socket.create_connection((HOST_OUTSIDE, 8080), 5) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        check(client.recv(100).startswith(b"HTTP/1.0 200"), "no answer by TCP")
    check(link.ping(HOST, OTHER_OUTSIDE), "no reply from inside by an external address")
    done = link.inside.run("ping", "-6", "-n", "-c", "1", "-W", "3", "-I", UNMAPPABLE, outside.kernel).stdout
    check(f"From {outside.kernel} icmp_seq=1 Parameter problem: Wrong header field at 8" in done, done)
    done = outside.ping(UNMAPPABLE_OUTSIDE, "-c", "1", "-W", "3")
    check(f"From {UNMAPPABLE_OUTSIDE} icmp_seq=1 Parameter problem: Wrong header field at 24" in done, done)
    check(link.function.stop() == 0, f"{link.function.lines} {link.function.errors}")
    check(counted(link.function, "hairpins") == 2, f"{link.function.lines}")
    check(counted(link.function, "unmappable") >= 2, f"{link.function.lines}")
    check(counted(link.function, "errors sent") >= 2, f"{link.function.lines}")
    check(counted(link.function, "malformed") == 0, f"{link.function.lines}")


ANSWER = """import socket, sys
server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 7000))
print("serving", flush=True)
while True:
    data, client = server.recvfrom(2000)
    server.sendto(sys.argv[2].encode() + data, client)
"""
BACKENDS = ("a", "b", "c")


class Balanced:
    """The kernel as a client, the balancer, and three backends on a link, which all have the virtual address."""

    def __init__(self):
        self.left, right = Tap(), Tap()
        macs = [f"02:00:00:00:0b:{number:02x}" for number in range(len(BACKENDS))]
        options = [text for mac in macs for text in ("--backend", mac)]
        self.function = start("balancer_1", self.left, right, options=("--virtual", self.left.node, *options))
        link = Namespace()
        must("ip", "link", "set", right.name, "netns", link.pid)
        link.must("ip", "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
        self.backends = [Namespace() for _ in BACKENDS]
        for number, backend in enumerate(self.backends):
            link.must("ip", "link", "add", f"port{number}", "type", "veth", "peer", "eth0", "netns", backend.pid)
            backend.must("ip", "link", "set", "eth0", "address", macs[number])
            backend.bring_up("eth0", f"{self.left.node}/64")
        for name in (right.name, *(f"port{number}" for number in range(len(BACKENDS)))):
            link.set(f"conf/{name}/disable_ipv6", 1)
            link.must("ip", "link", "set", name, "master", "bridge0", "up")
        link.set("conf/bridge0/disable_ipv6", 1)
        link.must("ip", "link", "set", "bridge0", "up")
        for backend, name in zip(self.backends, BACKENDS):
            backend.start("python3", "-c", ANSWER, self.left.node, name).wait_line("serving", 15)
        wait_for(lambda: " 1 received" in self.left.ping(self.left.node, "-c", "1", "-W", "1"), 20, "an answer")

    def ask(self, client, data):
        """Send a datagram of a flow. Return the name of the backend that answers."""
        client.send(data)
        answer = client.recv(2000)
        check(answer[1:] == data, f"sent {data}, received {answer}")
        return answer[:1].decode()


@suite.test
def balancer_divides_flows_and_each_stays_at_its_backend():
    service = Balanced()
    clients = [socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) for _ in range(60)]
    backends = []
    for client in clients:
        client.settimeout(5)
        client.connect((service.left.node, 7000))
        backends.append(service.ask(client, b"first"))
    check(set(backends) == set(BACKENDS), f"not all backends got flows: {backends}")
    for data in (b"", bytes(PING_MAX), b"last"):
        for client, backend in zip(clients, backends):
            check(service.ask(client, data) == backend, "a flow has moved to another backend")
    for client in clients:
        client.close()
    check(service.function.stop() == 0, f"{service.function.lines} {service.function.errors}")
    check(counted(service.function, "unreadable") == 0, f"{service.function.lines}")


@suite.test
def balancer_puts_packets_into_a_tunnel():
    taps = [silent_tap(), silent_tap()]
    start("balancer_1", *taps, options=("--virtual", "2001:db8::80", "--source", "2001:db8::1", "--backend",
                                        "2001:db8:1::9"))
    client, backend = (frames.Wire(tap.name, frames.TYPE_IPV6) for tap in taps)
    flow = frames.Flow(b"\x02\0\0\0\x09\1", frames.address_bytes("2001:db8:2::1"), b"\x02\0\0\0\x09\2",
                       frames.address_bytes("2001:db8::80"))
    frame = flow.frame(flow.udp(7, bytes(900)), frames.UDP)

    def arrives():
        client.send(frame)
        return backend.receive(0.2)

    received = wait_for(arrives, LINK, "a packet in a tunnel")
    outer, inner = received[frames.HEADER:frames.HEADER + 40], received[frames.HEADER + 40:]
    expected = b"\x60\0\0\0" + len(inner).to_bytes(2, "big") + b"\x29\x40"
    addresses = frames.address_bytes("2001:db8::1") + frames.address_bytes("2001:db8:1::9")
    check(received[:frames.HEADER] == frame[:frames.HEADER] and outer == expected + addresses, f"{received}")
    check(inner[:7] + bytes([inner[7] + 1]) + inner[8:] == frame[frames.HEADER:], f"{received}")


@suite.test
def firewall_passes_what_inside_begins_and_what_a_rule_permits():
    left, outside = Tap(), Tap()
    host, here = outside.node, outside.kernel
    options = ("--outside", f"{here}/128", "--inside", f"{host}/64", "--pass", "unique-local", "--filtering", "flow",
               "--allow", f"tcp:8080,{host}")
    function = start("firewall_1", left, outside, options=options)
    inside = Namespace()
    must("ip", "link", "set", left.name, "netns", inside.pid)
    inside.bring_up(left.name, f"{host}/64")
    wait_for(lambda: " 1 received" in inside.run("ping", "-c", "1", "-W", "1", here).stdout, 20, "an answer to a ping")
    outside.check_ping(host)
    for port in ("8080", "8081"):
        inside.start("python3", "-u", "-m", "http.server", "--bind", host, port).wait_line("Serving", 15)
    with socket.create_connection((host, 8080), 5) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        check(client.recv(100).startswith(b"HTTP/1.0 200"), "no answer by TCP to what a rule permits")
    try:
        with socket.create_connection((host, 8081), 1.5):
            check(False, "a connection that no rule permits")
    except TimeoutError:
        pass
    with socket.create_server((here, 0), family=socket.AF_INET6) as server:
        server.settimeout(5)
        to = (here, server.getsockname()[1])
        client = inside.start("python3", "-c",
                              f"import socket; print(socket.create_connection({to}, 5).recv(9))")
        with server.accept()[0] as connection:
            connection.sendall(b"welcome")
            client.wait_line("welcome")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.bind((here, 0))
        peer.settimeout(5)
        closed = peer.getsockname()[1]
        sender = inside.start("python3", "-c", SEND, host, here, str(closed))
        source = peer.recvfrom(100)[1]
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
            other.sendto(b"unsolicited", source)
        peer.sendto(b"pong" + 4000 * b"g", source)  # three fragments
        sender.wait_line("pongg")
    refused = inside.run("python3", "-c", SEND, host, here, str(closed)).stdout.strip()
    check(refused == "refused", "no error about a datagram reached the host inside")
    check(function.stop() == 0, f"{function.lines} {function.errors}")
    check(counted(function, "unsolicited") >= 3, f"{function.lines}")
    check(counted(function, "unknown fragments") == 0, f"{function.lines}")
    check(counted(function, "spoofed sources") == 0, f"{function.lines}")
    check(counted(function, "errors sent") == 0, f"{function.lines}")


@suite.test
def firewall_answers_requests_that_are_repeated():
    left, outside = Tap(), Tap()
    options = ("--outside", f"{outside.kernel}/128", "--inside", f"{outside.node}/64", "--pass", "unique-local")
    function = start("firewall_1", left, outside, options=options)
    must("ip", "neigh", "add", outside.node, "lladdr", "02:00:00:00:09:01", "dev", outside.name)
    began = time.monotonic()
    try:
        with socket.create_connection((outside.node, 80), 60):  # to a host that does not answer
            check(False, "a connection that no rule permits")
    except PermissionError:  # the kernel's word for code 1 (RFC 6092, REC-34)
        check(time.monotonic() - began >= 6, "the answer came too early")
    check(function.stop() == 0, f"{function.lines} {function.errors}")
    check(counted(function, "repeated requests") == 1, f"{function.lines}")
    check(counted(function, "errors sent") == 1, f"{function.lines}")


ANSWER_ALL = """import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.socket(family, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 7000))
print("serving", flush=True)
while True:
    data, client = server.recvfrom(65535)
    server.sendto(data, client)
"""
ASK = """import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
client = socket.socket(family, socket.SOCK_DGRAM)
client.connect((sys.argv[1], int(sys.argv[2])))
client.settimeout(1)
answer = "nothing"
for _ in range(8):  # an error about the first ones says how long they may be
    try:
        client.send(bytes(int(sys.argv[3])))
        answer = len(client.recv(65535))
        break
    except ConnectionRefusedError:
        answer = "refused"
        break
    except OSError:
        pass
print(answer)
"""
GIVE = """import socket, sys
server = socket.create_server((sys.argv[1], 8000), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print("giving", flush=True)
while True:
    client = server.accept()[0]
    client.sendall(bytes(1000000))
    client.close()
"""
TAKE = """import socket, sys
client = socket.create_connection((sys.argv[1], 8000), 20)
total = 0
while data := client.recv(65536):
    total += len(data)
print(total)
"""


def as_router(namespace):
    namespace.set("conf/all/forwarding", 1)
    namespace.must("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")


class Versions:
    """An IPv6 host and its router, the translator, and the router of an IPv4 host, which are static neighbors."""

    HOST6, HOST6_IN_4 = "2001:db8:6::6", "198.51.100.6"
    HOST4, HOST4_IN_6 = "192.0.2.4", "2001:db8:64::c000:204"
    POOLED6, POOLED4 = "2001:db8:64::c633:6485", "198.51.100.133"  # its IPv6 address contains the other
    TRANSLATOR = "198.51.100.1"

    def __init__(self):
        left, right = silent_tap(), silent_tap()
        self.function = start("nat64_1", left, right, options=(
            "--prefix", "2001:db8:64::/96", "--map", f"{self.HOST6_IN_4},{self.HOST6}", "--pool", "198.51.100.128/25",
            "--address", self.TRANSLATOR))
        self.host6, self.router6, self.router4, self.host4 = (Namespace() for _ in range(4))
        for tap, router, host, mac in ((left, self.router6, self.host6, "02:00:00:00:06:01"),
                                       (right, self.router4, self.host4, "02:00:00:00:04:01")):
            must("ip", "link", "set", tap.name, "address", mac, "netns", router.pid)
            router.must("ip", "link", "add", "lan", "type", "veth", "peer", "name", "eth0", "netns", host.pid)
            as_router(router)
        self.router6.bring_up(left.name, "fe80::1/64")
        self.router6.bring_up("lan", "2001:db8:6::1/64", "fe80::1/64")
        self.host6.bring_up("eth0", f"{self.HOST6}/64", "2001:db8:6::7/64", f"{self.POOLED6}/128")
        self.host6.must("ip", "route", "add", "default", "via", "2001:db8:6::1")
        self.router6.must("ip", "neigh", "add", "fe80::4", "lladdr", "02:00:00:00:04:01", "dev", left.name)
        self.router6.must("ip", "route", "add", "2001:db8:64::/96", "via", "fe80::4", "dev", left.name)
        self.router6.must("ip", "route", "add", f"{self.POOLED6}/128", "via", self.HOST6)
        self.router4.bring_up(right.name, "203.0.113.1/24")
        self.router4.bring_up("lan", "192.0.2.1/24")
        self.host4.bring_up("eth0", f"{self.HOST4}/24")
        self.host4.must("ip", "route", "add", "default", "via", "192.0.2.1")
        self.router4.must("ip", "neigh", "add", "203.0.113.6", "lladdr", "02:00:00:00:06:01", "dev", right.name)
        self.router4.must("ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.6")
        wait_for(lambda: " 1 received" in self.ping6("-W", "1"), 20, "an answer through the translator")

    def ping6(self, *options):
        return self.host6.run("ping", "-n", "-c", "1", "-W", "3", "-I", self.HOST6, *options, self.HOST4_IN_6).stdout

    def ping4(self, *options):
        return self.host4.run("ping", "-n", "-c", "1", "-W", "3", *options, self.HOST6_IN_4).stdout

    def both(self):
        """Return each host with its address, and the other one with the address that it has there."""
        return ((self.host6, self.HOST6, self.host4, self.HOST6_IN_4),
                (self.host4, self.HOST4, self.host6, self.HOST4_IN_6))


def check_in(text, output):
    check(text in output, output)


def check_ask(client, to, port, size, answer):
    check_in(f"{answer}\n", client.run("python3", "-c", ASK, to, str(port), str(size)).stdout)


@suite.test
def nat64_translates_pings_datagrams_fragments_and_connections():
    link = Versions()
    for size in ("0", "56", "1000"):
        check_in(" 1 received", link.ping6("-s", size))
        check_in(" 1 received", link.ping4("-s", size))
    check_in(" 1 received", link.host4.run("ping", "-n", "-c", "1", "-W", "3", link.POOLED4).stdout)
    for server, address, client, to in link.both():
        server.start("python3", "-c", ANSWER_ALL, address).wait_line("serving", 15)
        server.start("python3", "-c", GIVE, address).wait_line("giving", 15)
        for size in (0, 1, 1200, 1400, 4000, 20000):  # the last three in fragments
            check_ask(client, to, 7000, size, size)
        check_ask(client, to, 7001, 10, "refused")  # an error that quotes the datagram
        check_in("1000000\n", client.run("python3", "-c", TAKE, to).stdout)
    check(link.function.stop() == 0, f"{link.function.lines} {link.function.errors}")
    check(counted(link.function, "malformed") == 0, f"{link.function.lines}")
    check(counted(link.function, "translated") > 1400, f"{link.function.lines}")


@suite.test
def nat64_translates_and_sends_errors():
    link = Versions()
    source = f"From {link.TRANSLATOR} icmp_seq=1"
    check_in(f"{source} Frag needed and DF set (mtu = 1480)", link.ping4("-M", "do", "-s", "1472"))
    check_in(f"{source} Time to live exceeded", link.ping4("-t", "2"))
    check_in(f"From {link.HOST4_IN_6} icmp_seq=1 Time exceeded: Hop limit", link.ping6("-t", "2"))
    done = link.host6.run("ping", "-n", "-c", "1", "-W", "3", "-I", "2001:db8:6::7", link.HOST4_IN_6).stdout
    check_in(f"From {link.HOST4_IN_6} icmp_seq=1 Destination unreachable: ", done)  # code 5
    check_in("From 2001:db8:64::cb00:7101 icmp_seq=1 Time exceeded: Hop limit", link.ping6("-t", "3"))
    link.router4.must("ip", "link", "set", "lan", "mtu", "1400")
    check_in("From 2001:db8:64::cb00:7101 icmp_seq=1 Packet too big: mtu=1420", link.ping6("-M", "do", "-s", "1400"))
    link.router6.must("ip", "link", "set", "lan", "mtu", "1280")
    # The router inside has no IPv4 address: the error is from that of the translator (RFC 6791).
    check_in(f"{source} Frag needed and DF set (mtu = 1260)", link.ping4("-M", "do", "-s", "1300"))
    for server, address, client, to in link.both():
        server.start("python3", "-c", GIVE, address).wait_line("giving", 15)
        check_in("1000000\n", client.run("python3", "-c", TAKE, to).stdout)
    check(link.function.stop() == 0, f"{link.function.lines} {link.function.errors}")
    check(counted(link.function, "errors sent") >= 4, f"{link.function.lines}")
    check(counted(link.function, "malformed") == 0, f"{link.function.lines}")


@suite.test
def nat64_answers_for_the_station_on_the_other_side():
    """Two hosts without static neighbors, which also forget them. The prefix is that without option."""
    left, right = silent_tap(), silent_tap()
    macs = ("02:00:00:00:06:01", "02:00:00:00:04:01")
    function = start("nat64_1", left, right, options=("--map", "11.0.0.6,2001:db8:6::6", "--address", "11.0.0.7",
                                                      "--inside-mac", macs[0], "--outside-mac", macs[1]))
    inside, outside = Namespace(), Namespace()
    for tap, host, mac in ((left, inside, macs[0]), (right, outside, macs[1])):
        must("ip", "link", "set", tap.name, "address", mac, "netns", host.pid)
    inside.bring_up(left.name, "2001:db8:6::6/64", "fe80::6/64")
    inside.must("ip", "route", "add", "64:ff9b::/96", "dev", left.name)
    outside.bring_up(right.name, "11.0.0.4/24")
    wait_for(lambda: " 1 received" in inside.run("ping", "-n", "-c", "1", "-W", "1", "64:ff9b::b00:4").stdout, 20,
             "an answer through the translator")
    for _ in range(3):
        for host, tap, to in ((inside, left, "64:ff9b::b00:4"), (outside, right, "11.0.0.6")):
            check_in(" 3 received", host.run("ping", "-n", "-i", "0.2", "-c", "3", "-W", "3", to).stdout)
            host.must("ip", "neigh", "flush", "dev", tap.name)
    check(" 1 received" not in outside.run("ping", "-n", "-c", "1", "-W", "1", "11.0.0.9").stdout, "a host without map")
    check("11.0.0.9 dev" not in outside.run("ip", "neigh", "show", "nud", "reachable").stdout, "an answer to ARP")
    check(function.stop() == 0, f"{function.lines} {function.errors}")


# -- Errors ------------------------------------------------------------------------------------------------------------


def check_refused(text, *options, name="noop_1"):
    done = run(program(name), *options)
    output = done.stdout + done.stderr
    check(done.returncode == 1 and text in output, f"{options}: {done.returncode} {output}")


@suite.test
def command_lines_that_make_no_sense_are_refused():
    tap = Tap()
    check_refused("too few interfaces")
    check_refused("too few interfaces", "--tap", tap.name)
    check_refused("named twice", "--tap", tap.name, "--tap", tap.name)
    check_refused("named twice", "--pci", "0000:0A:00.0", "--pci", "0000:0a:00.0")
    check_refused("one interface too many", "--tap", "a", "--tap", "b", "--tap", "c")
    check_refused("needs a value", "--tap", "a", "--tap")
    check_refused("unknown option", "--tup", "a")
    check_refused("not the address of a PCI device", "--pci", "zero")
    check_refused("there is no PCI device", "--tap", tap.name, "--pci", "0000:99:1f.7")
    check_refused("a_name_that_is_too_long", "--tap", tap.name, "--tap", "a_name_that_is_too_long")
    cards = ("--pci", "0000:99:1f.6", "--pci", "0000:99:1f.7")
    check_refused("needs a value", *cards, "--cores")
    check_refused("not a list of cores", *cards, "--cores", "0,")
    check_refused("not a list of cores", *cards, "--cores", "one")
    check_refused("a core twice", *cards, "--cores", "0,0")
    check_refused("more than 16 cores", *cards, "--cores", ",".join(str(core) for core in range(17)))
    check_refused("core 1023: does not exist", *cards, "--cores", "1023")
    check_refused("a TAP interface is one queue", "--tap", tap.name, "--pci", "0000:99:1f.7", "--cores", "0")
    check_refused("not a number of seconds", *cards, "--stats", "0")
    taps = ("--tap", tap.name, "--tap", tap.name + "x")
    check_refused("both needed", *taps, name="nptv6_1")
    check_refused("--inside: needs a value", *taps, "--inside", name="nptv6_1")
    check_refused("--inside fd01::: not a prefix", *taps, "--inside", "fd01::", name="nptv6_1")
    check_refused("differ in their lengths", *taps, *PREFIXES[:3], "2001:db8::/56", name="nptv6_1")
    check_refused("unknown option", *taps, *PREFIXES, name="noop_1")
    check_refused("are needed", *taps, "--virtual", "fd00::80", name="balancer_1")
    check_refused("named twice", *taps, "--backend", "fd00::81", "--backend", "fd00:0::81,2", name="balancer_1")
    check_refused("--source ADDRESS is needed", *taps, "--virtual", "fd00::80", "--backend", "fd00::81",
                  name="balancer_1")
    check_refused("--inside PREFIX/LENGTH is needed", *taps, name="firewall_1")
    check_refused("--map IPV4,IPV6 or --pool IPV4/LENGTH", *taps, "--address", "192.0.2.1", name="nat64_1")
    for option, value in (("--map", "192.0.2.1"), ("--map", "192.0.2,2001:db8::1"), ("--map", "192.0.2.1,ff02::1"),
                          ("--pool", "192.0.2.0"), ("--pool", "192.0.2.0/33"), ("--address", "2001:db8::1"),
                          ("--inside-mac", "01:00:00:00:00:01"), ("--inside-mtu", "1279"), ("--prefix", "64::")):
        check_refused(f"{option} {value}: ", *taps, option, value, name="nat64_1")
    check_refused("out of range", *taps, "--address", "192.0.2.1", "--pool", "192.0.2.1/24", name="nat64_1")
    for rule in ("tcpp", "tcp:", "tcp:65536", "tcp:9-8", "tcp:80,2001:db8::1/129", "tcp,::1/-", "0", "255"):
        check_refused(f"--allow {rule}: ", *taps, "--inside", "2001:db8::/32", "--allow", rule, name="firewall_1")
    done = run(program("nptv6_1"), "--help")
    check(done.returncode == 0 and "--inside PREFIX/LENGTH" in done.stdout, f"{done.stdout} {done.stderr}")
    done = run(program("bridge_2"), "--help")
    check(done.returncode == 0 and "3 of them" in done.stdout, f"{done.stdout} {done.stderr}")


@suite.test
def function_ends_if_an_interface_is_deleted():
    taps = [silent_tap(), silent_tap()]
    started = start("noop_1", *taps)
    must("ip", "link", "delete", taps[1].name)
    check(started.wait() == 1, f"{started.lines}")
    check(started.has("is gone"), f"{started.lines}")


if __name__ == "__main__":
    sys.exit(suite.main())
