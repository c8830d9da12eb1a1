#!/usr/bin/env python3
"""Compare the router of the examples with the Linux kernel, which gets the same random packets.

    oracle.py DIRECTORY     the directory of the examples

ORACLE_SEED in the environment is the seed of the packets, 1 if it is missing; ORACLE_PACKETS their number. Each packet
must have the same result, or one of the differences in a list, each with its reason. Runs and reports as described in
peer.py.
"""

import collections
import fcntl
import os
import random
import selectors
import struct
import sys
import time

import frames
import packets
from frames import ICMPV6, address_bytes
from peer import Namespace, Process, Program, Suite, Tap, check, must, set_kernel, wait_for
from router import Control, write_file

suite = Suite("oracle", __doc__)
USUAL_SEED = 1
SEED = int(os.environ.get("ORACLE_SEED", USUAL_SEED))
PACKETS = int(os.environ.get("ORACLE_PACKETS", "8000"))
BATCH, PAUSE = 50, 0.06  # packets and seconds: fewer errors than the router's limit of errors
# Numbers of packets besides the random ones.
PREPARED, MISSING, PINGED, INCOMPLETE, PINGS = (number << 16 for number in (6, 5, 4, 3, 2))
EXAMPLES = 3  # of each group of differences
TO_ROUTER = 2  # packets of a batch that the router itself may answer: a node sends 10 errors in a second
MTUS = (1500, 1400, 1280)
LONGEST = 1600  # MTU of the interfaces: packets may be longer than the MTU of a link
SIZES = [mtu + more for mtu in MTUS for more in (-1, 0, 1)]
TUNSETIFF, IFF_TAP_NO_PI = 0x400454CA, 0x1002
ALL_TYPES = 3
REDIRECT = 137
ERRORS = (1, 2, 3, 4)  # ICMPv6 types of a router
HOST_MAC = b"\x02\0\0\0\xaa"  # and the number of the link

LINES = """
mtu 0 1500
mtu 1 1400
mtu 2 1280
address 0 2001:db8:1::1/64
address 1 2001:db8:2::1/64
address 2 2001:db8:3::1/64
route 2001:db8:1::/48 via 2001:db8:1::2 0
route 2001:db8:2::/48 via 2001:db8:2::2 1
route 2001:db8:3::/48 via fe80::aa:2 2
route fd00:1::/32 via 2001:db8:2::3 1
route 2001:db8:e1::/48 unreachable
route 2001:db8:e2::/48 prohibited
route 2001:db8:e3::/48 discard
"""
HOSTS = ("::2", "::3", "::4")
LINKS = [packets.Hosts(f"2001:db8:{number}", *HOSTS) for number in (1, 2, 3)]
SITES = [packets.Hosts(f"2001:db8:{number}:") for number in (1, 2, 3)]
ROUTED = (*SITES, packets.Hosts("fd00:1:"), *LINKS)
REFUSED = [packets.Hosts(f"2001:db8:{text}:") for text in ("e1", "e2", "e3")] + [packets.Hosts("2001:db9:")]
OWN = [f"2001:db8:{number}::1" for number in (1, 2, 3)]
SPECIAL = ("::", "::1", "::ffff:192.0.2.1", "::192.0.2.1", "fe80::aa:2", "fe80::aa:99", "fec0::1", "ff00::1", "ff01::1",
           "ff02::1", "ff02::2", "ff02::1:ff00:1", "ff04::1", "ff05::2", "ff08::1", "ff0e::1", "ff1e::1", "ff3e::1",
           "2001:db8:1::", "2001:db8:2::")


# -- The packets -------------------------------------------------------------------------------------------------------


class Sent:
    """A packet that was sent to both: its link, its frames, and what each of both sent because of it."""

    def __init__(self, link, frame, number, more=()):
        """more: other fragments of the packet."""
        self.link, self.frame, self.frames, self.number = link, frame, (frame, *more), number
        self.packet = frame[frames.HEADER:]
        self.source, self.destination = self.packet[8:24], self.packet[24:40]
        self.linux, self.ours = [], []


class Generator:
    """Random frames for the three links of a router with these link-local addresses and MAC addresses."""

    def __init__(self, seed, macs):
        self.random, self.macs = random.Random(seed), macs
        self.own = [address_bytes(text) for text in OWN] + [link_local(mac) for mac in macs]

    def source(self, link):
        pick = self.random.random()
        if pick < 0.75:
            return SITES[link].draw(self.random)
        if pick < 0.9:
            return LINKS[link].draw(self.random)
        if pick < 0.94:
            return address_bytes("fe80::aa:2")
        return self.random.choice((address_bytes(self.random.choice(SPECIAL)), self.random.choice(ROUTED).draw(
            self.random), self.random.choice(self.own)))

    def destination(self, to_router):
        if to_router:
            return self.random.choice((address_bytes(self.random.choice(SPECIAL)), self.random.choice(self.own)))
        return self.random.choice(ROUTED if self.random.random() < 0.8 else REFUSED).draw(self.random)

    def mac(self, link, destination):
        """Return the Ethernet address of a packet: usually the right one."""
        group = destination[0] == 0xFF
        usual = b"\x33\x33" + destination[12:] if group else self.macs[link]
        pick = self.random.random()
        return usual if pick < 0.97 else self.random.choice((b"\x02\0\0\0\x99\x99", b"\xff" * 6, b"\x33\x33\0\0\0\1",
                                                             self.macs[link]))

    def frame(self, number, to_router):
        link = self.random.randrange(3)
        source, destination = self.source(link), self.destination(to_router)
        size = self.random.choice(SIZES) if self.random.random() < 0.3 else self.random.randrange(40, 400)
        made = packets.random_packet(self.random, source, destination, number, size)
        if self.random.random() < 0.08:
            made = packets.damage(self.random, made)
        made = made[:LONGEST]
        ethernet = self.mac(link, destination) + HOST_MAC + bytes([link]) + frames.TYPE_IPV6.to_bytes(2, "big")
        return Sent(link, ethernet + made, number)


def link_local(mac):
    """Return the address that is formed from a MAC address (RFC 4291, appendix A)."""
    return address_bytes("fe80::") [:8] + bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:]


# -- Both routers ------------------------------------------------------------------------------------------------------


class LinuxLink:
    """A TAP interface of the kernel that routes, in its namespace."""

    def __init__(self, name, mac, mtu, namespace):
        self.namespace = namespace
        self.file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP_NO_PI))
        must("ip", "link", "set", name, "address", mac.hex(":"), "netns", namespace.pid)
        for setting, value in (("accept_dad", 0), ("accept_ra", 0)):
            namespace.set(f"conf/{name}/{setting}", value)
        namespace.must("ip", "link", "set", name, "mtu", str(mtu), "up")

    def fileno(self):
        return self.file

    def send(self, frame):
        os.write(self.file, frame)

    def receive(self):
        """Return the next frame, or None."""
        try:
            return os.read(self.file, 2048)
        except BlockingIOError:
            return None


class OurLink:
    """A TAP interface of one of the examples."""

    def __init__(self, tap):
        self.wire = frames.Wire(tap.name, ALL_TYPES)
        self.wire.socket.setblocking(False)

    def fileno(self):
        return self.wire.socket.fileno()

    def send(self, frame):
        self.wire.send(frame)

    def receive(self):
        try:
            return self.wire.socket.recv(2048)
        except BlockingIOError:
            return None


def start_ours(lines):
    """Start the router. Return its links and their MAC addresses."""
    taps = [Tap() for _ in MTUS]
    for tap in taps:
        set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
        must("ip", "link", "set", tap.name, "mtu", str(LONGEST))
    interfaces = [text for tap in taps for text in ("--tap", tap.name)]
    path = os.path.join(Program.recordings, f"oracle-{taps[0].name}")
    router = Process(os.path.join(Program.directory, "router"), *interfaces, "--config",
                     write_file(f"{taps[0].name}.lines", lines), "--control", path)
    router.wait_line(": running")
    control = Control(path)

    def addresses():
        shown = [line.split() for line in control.must("show addresses")]
        good = [words for words in shown if words[2] in ("preferred", "anycast")]
        return len(good) == len(shown) and {words[0]: words[1] for words in good if words[1].startswith("fe80")}

    formed = wait_for(lambda: len(addresses() or ()) == len(taps) and addresses(), 10, "addresses")
    macs = []
    for tap in taps:
        its = address_bytes(formed[tap.name].split("/")[0])
        macs.append(bytes([its[8] ^ 2]) + its[9:11] + its[13:])
    return [OurLink(tap) for tap in taps], macs


def start_linux(macs, lines):
    """Let the kernel route in a namespace of its own, configured by the same lines. Return its links."""
    kernel = Namespace()
    kernel.set("icmp/ratelimit", 0)
    kernel.set("auto_flowlabels", 0)  # they would be numbers of packets
    for name in ("icmp_msgs_per_sec", "icmp_msgs_burst"):
        kernel.must("sh", "-c", f"echo 1000000 >/proc/sys/net/ipv4/{name}")
    names = [f"linux{number}" for number in range(len(macs))]
    links = [LinuxLink(name, mac, mtu, kernel) for name, mac, mtu in zip(names, macs, MTUS)]
    kernel.set("conf/all/forwarding", 1)  # at last: the interfaces then join the groups of routers
    kinds = {"unreachable": "unreachable", "prohibited": "prohibit", "discard": "blackhole"}
    for words in map(str.split, lines.splitlines()):
        if words and words[0] == "address":
            kernel.must("ip", "address", "add", words[2], "dev", names[int(words[1])], "nodad")
        if words and words[0] == "route" and words[2] == "via":
            kernel.must("ip", "route", "add", words[1], "via", words[3], "dev", names[int(words[4])])
        elif words and words[0] == "route":
            kernel.must("ip", "-6", "route", "add", kinds[words[2]], words[1])
    return links


def type_of(packet):
    """Return the ICMPv6 type of a packet, None if it has none."""
    return packet[40] if packet[6] == ICMPV6 and len(packet) >= 48 else None


def is_of_link(packet):
    """Return true for Neighbor Discovery and Multicast Listener Discovery of a router, which it originates."""
    if packet[6] == packets.HOP_BY_HOP:
        return packet[7] == 1 and packet[24:26] == b"\xff\2"
    return packet[7] == 255 and type_of(packet) in (133, 134, 135, 136) and packets.number_of(packet) == 0


class Both:
    """Both routers, which get the same frames. The hosts on their links answer solicitations."""

    def __init__(self, ours, linux, cause):
        """cause: a function from a packet to the number of the one that it was sent because of."""
        self.ours, self.linux, self.cause = ours, linux, cause
        self.sent = {}
        self.selector = selectors.DefaultSelector()
        for name, links in (("linux", self.linux), ("ours", self.ours)):
            for number, link in enumerate(links):
                self.selector.register(link, selectors.EVENT_READ, (name, number))

    def send(self, sent):
        self.sent[sent.number] = sent
        for links in (self.linux, self.ours):
            for frame in sent.frames:
                links[sent.link].send(frame)

    def receive(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in self.selector.select(max(0, end - time.monotonic())):
                frame = key.fileobj.receive()
                while frame is not None:
                    self.handle(*key.data, key.fileobj, frame)
                    frame = key.fileobj.receive()

    def handle(self, name, number, link, frame):
        """Note a frame by the packet that it was sent because of, or answer it."""
        packet = frame[frames.HEADER:]
        if packet[6] in (0, ICMPV6) and is_of_link(packet):
            if type_of(packet) == frames.NEIGHBOR_SOLICITATION:
                self.answer(number, link, frame)
            return
        sent = self.sent.get(self.cause(packet))
        if sent is not None:
            getattr(sent, name).append((number, frame))

    def answer(self, number, link, frame):
        """Answer a solicitation of the router, unless its target ends like that of a missing host."""
        target, source = frame[62:78], frame[22:38]
        if target[14:] != b"\0\x99" and source != bytes(16):
            mac = HOST_MAC + bytes([number])
            link.send(frames.Flow(mac, target, frame[6:12], source).advertisement())


def number_of_cause(packet):
    """Return the number of the packet that a packet was sent because of."""
    if type_of(packet) in ERRORS and len(packet) >= 88:
        return packets.number_of(packet[48:])
    if type_of(packet) in (frames.ECHO_REQUEST, frames.ECHO_REPLY):
        return int.from_bytes(packet[44:48], "big")
    if is_fragment_of_reply(packet):
        return int.from_bytes(packet[52:56], "big")
    return packets.number_of(packet)


def is_fragment_of_reply(packet):
    """Return true for the first fragment of an Echo Reply of a router itself."""
    return (packet[6] == packets.FRAGMENT and packets.number_of(packet) == 0 and packet[40] == ICMPV6 and
            packet[42:44] == b"\0\1" and packet[48] == frames.ECHO_REPLY)


# -- The comparison ----------------------------------------------------------------------------------------------------


def is_checksum_right(packet):
    message = packet[40:]
    return frames.checksum(packet[8:24], packet[24:40], ICMPV6, message) == 0


class Result:
    """What a router sent because of a packet: a word, and all that must be the same."""

    def __init__(self, sent, received):
        self.link, frame = received
        packet = frame[frames.HEADER:]
        self.source, self.rest = packet[8:24], packet
        if type_of(packet) in ERRORS and len(packet) >= 88 and packet[8:40] != sent.packet[8:40]:
            self.word = f"error {packet[40]}.{packet[41]} {int.from_bytes(packet[44:48], 'big')}"
            # The flow label is the router's own choice (RFC 6437, 3).
            self.rest = packet[:1] + packet[4:40] + packet[48:] + bytes([is_checksum_right(packet)])
        elif type_of(packet) == frames.ECHO_REPLY and packet[24:40] == sent.source:
            self.word, self.rest = "reply", packet[:1] + packet[4:] + bytes([is_checksum_right(packet)])
        elif type_of(packet) == REDIRECT and packet[8:40] != sent.packet[8:40]:
            self.word = "redirect"
        elif is_fragment_of_reply(packet):
            # The identification must differ (RFC 7739), and the traffic class need not be.
            self.word, self.rest = "reply in fragments", packet[4:44] + packet[48:]
        else:
            self.word = "forwarded"

    def __repr__(self):
        return f"{self.word} by link {self.link}: {self.rest[:200].hex()}({len(self.rest)})"

    def with_hop_limit(self, hop_limit):
        """Return what must be the same, if the error quoted a packet with this Hop Limit."""
        at = 37 + 7  # after the version, the rest of the header, and that of the error
        return self.rest[:at] + bytes([hop_limit]) + self.rest[at + 1:]

    def same(self, other):
        return (self.word, self.link, self.rest) == (other.word, other.link, other.rest)


class Case:
    """A packet and the words of what Linux and the router sent because of it."""

    def __init__(self, sent, own):
        self.own, self.own_or_anycast = own, own + [one[:8] + bytes(8) for one in own]
        self.sent, self.source, self.destination = sent, sent.source, sent.destination
        self.linux, self.ours = (sorted((Result(sent, frame) for frame in received), key=lambda one: one.word)
                                 for received in (sent.linux, sent.ours))
        # Linux sends one Redirect in a second (RFC 4861, 8.2: both limit their rate).
        self.linux, self.ours = ([one for one in all if one.word != "redirect"] for all in (self.linux, self.ours))
        self.words = tuple(" ".join(one.word for one in all) for all in (self.linux, self.ours))
        self.chain = packets.Chain(sent.packet)
        self.is_redirect = (self.chain.upper_layer == ICMPV6 and
                            sent.packet[self.chain.upper:self.chain.upper + 1] == bytes([REDIRECT]))

    def is_same(self):
        return len(self.linux) == len(self.ours) and all(a.same(b) for a, b in zip(self.linux, self.ours))

    def own_mtu(self):
        """Return the MTU of the interface with the destination, 0 if the router does not have it."""
        known = self.own_or_anycast
        return MTUS[known.index(self.destination) % len(MTUS)] if self.destination in known else 0

    def is_error(self, side):
        return self.words[side].startswith("error")

    def is_silent(self):
        """Return true if Linux sent an error, and the router nothing."""
        return self.is_error(0) and self.words[1] == ""

    def has_no_route(self):
        return is_in(self.destination, REFUSED_PREFIXES) or self.destination in UNROUTED


def is_link_local(address):
    return address[0] == 0xFE and address[1] & 0xC0 == 0x80


def is_in(address, hosts):
    return any(address.startswith(prefix) for prefix in hosts)


REFUSED_PREFIXES = [address_bytes(f"{one.prefix}:")[:6 if one.prefix.count(":") > 2 else 4] for one in REFUSED]
SITE_PREFIXES = [address_bytes(f"{one.prefix}:")[:6] for one in SITES]
MAPPED = address_bytes("::ffff:192.0.2.1")
UNROUTED = [address_bytes(text) for text in ("::", "::1", "::ffff:192.0.2.1", "::192.0.2.1", "fec0::1")]
# Each with the packets that it is about: what each of both may send because of them follows from the condition.
DIFFERENCES = (
    ("Linux looks for a route before it looks at the Hop Limit. RFC 8200, 3, and RFC 4443, 3, have no order.",
     lambda case: case.sent.packet[7] < 2 and case.has_no_route() and case.words[1] in ("error 3.0 0", "") and
     case.words[0] in ("error 1.0 0", "error 1.1 0", "")),
    ("The router sends only Packet Too Big about later fragments: the first one has the same fate. RFC 4443, 2.4, does "
     "not ask for an error about each.", lambda case: case.chain.is_later and case.is_silent()),
    ("The router sends no error about a packet whose headers end early or are out of order, or a fragment that no "
     "host accepts (RFC 8200, 4.5): it may hide an error (RFC 4443, 2.4 (e)).",
     lambda case: case.chain.is_bad and case.is_silent()),
    ("Linux sends errors about Redirects. RFC 4443, 2.4 (e.2): an error MUST NOT be sent.",
     lambda case: case.is_redirect and case.is_silent()),
    ("The router sends no packet with a link-local address on, Linux does on the same link. RFC 4291, 2.5.6, permits "
     "both.", lambda case: is_link_local(case.source) and case.words[1] in ("error 1.2 0", "") or
     is_link_local(case.destination) and case.words[1] == ""),
    ("Linux drops more than 7 bytes of padding. RFC 8200, 4.2, has no limit.",
     lambda case: any(map(packets.has_long_padding, [case.chain.hop_by_hop, *case.chain.destination])) and
     case.words[0] == ""),
    ("Linux knows the Jumbo Payload option. RFC 2675, 3: a node without links of such an MTU need not.",
     lambda case: packets.has_option(case.chain.hop_by_hop, packets.JUMBO) and
     (case.is_error(0) or case.words[0] == "")),
    ("Linux sends errors by its routes and replies by the link of the request, the router conversely. RFC 4443, 2.2 "
     "and 4.2, permit both.",
     lambda case: not case.source.startswith(SITE_PREFIXES[case.sent.link]) and not is_link_local(case.source) and
     (case.is_error(1) and case.ours[0].link == case.sent.link and case.words[0] in ("", case.words[1]) or
      case.words[0] == "" and case.words[1].startswith("reply"))),
    ("The router answers a later fragment in a first one, Linux waits for the rest. RFC 7112, 5: it lacks headers.",
     lambda case: case.chain.is_bad and case.words == ("", "error 4.3 0")),
    ("Linux sends errors from the anycast address of the packet. RFC 4443, 2.2 (a), is about unicast addresses.",
     lambda case: case.words[0] == case.words[1] and case.is_error(1) and case.linux[0].source == case.destination and
     case.destination[8:] == bytes(8)),
    ("Linux answers in the traffic class of the request. RFC 4443, 4.2, has no rule.",
     lambda case: case.words == ("reply", "reply") and case.linux[0].rest[2:] == case.ours[0].rest[2:]),
    ("The router has no TCP, and Linux resets what no one listens to. RFC 8200, 4: an unknown Next Header.",
     lambda case: case.chain.upper_layer == packets.TCP and
     case.destination in case.own_or_anycast and not case.linux and
     case.words[1].startswith("error 4.1")),
    ("Linux answers a packet to :: that no route has. RFC 4291, 2.5.2: no packet has this destination.",
     lambda case: case.destination == bytes(16) and case.is_silent()),
    ("Linux reads the Hop-by-Hop options of packets to groups that it then drops. RFC 8200, 4, permits both.",
     lambda case: case.sent.frame[0] & 1 and case.is_silent() and case.words[0].startswith("error 4")),
    ("Linux forwards IPv4-mapped addresses. RFC 6890, 2.2.3, table 20: not forwardable.",
     lambda case: MAPPED in (case.source, case.destination) and case.words[1] == ""),
    ("A packet to an address of another interface has a Hop Limit of at most 254, which the error quotes. RFC 4443, "
     "2.4 (c), asks for as much of it as possible.",
     lambda case: case.sent.packet[7] == 255 and case.words[0] == case.words[1] and case.is_error(0) and
     case.linux[0].with_hop_limit(254) == case.ours[0].rest),
    ("Linux forwards a packet with Payload Length 0 and options without a length. RFC 2675, 3: not valid.",
     lambda case: case.sent.packet[4:7] == bytes(3) and case.words[1] == ""),
    ("Linux forwards packets from :: on the same link. RFC 4291, 2.5.2: a router MUST NOT.",
     lambda case: case.source == bytes(16) and case.words == ("forwarded", "")),
    ("Linux drops what has a Routing header of type 3 or 4, which is not enabled, or of any type to a group. RFC 8200, "
     "4.4: it must be ignored, or answered if segments are left.",
     lambda case: case.words[0] == "" and
     ({3, 4} & set(case.chain.routing_types) and case.destination in case.own_or_anycast or
      case.chain.routing_types and case.destination[0] == 0xFF)),
    ("A node sends what is longer than the MTU of its own interface in fragments, by all interfaces. RFC 8200, 5, "
     "permits it.", lambda case: case.words[1] == "reply in fragments" and case.words[0] in ("reply", case.words[1]) and
     case.own_mtu() < MTUS[case.linux[0].link]),
    ("A node learns the MTU of another interface by the first packet that is too long for it, which is lost, as on any "
     "path (RFC 8201, 4).", lambda case: case.words == ("reply in fragments", "") and
     case.own_mtu() > MTUS[case.linux[0].link]),
)


def explain(case):
    """Return the number of the difference in the list, None if it is not there."""
    return next((number for number, (_, matches) in enumerate(DIFFERENCES) if matches(case)), None)


def prepare(both, macs):
    """Let both routers resolve all next hops, since the packets that wait are limited. Send packets to hosts that do
    not answer, about which both send an error after 3 seconds, and those whose differences are rare."""
    def send(text, number):
        payload = packets.udp(bytes(16), bytes(16), (9, 9), b"")
        source = address_bytes(f"2001:db8:1:{number % 0x1000 + 1:x}::1")
        made = packets.packet(source, address_bytes(text), payload, frames.UDP, number)
        both.send(Sent(0, macs[0] + HOST_MAC + b"\0\x86\xdd" + made, number))

    for number, text in enumerate((*(f"2001:db8:{link}::{host}" for link in (1, 2, 3) for host in (2, 3, 4)),
                                   "2001:db8:3:1::1", "fd00:1::1")):
        send(text, PREPARED + number)
        both.receive(0.05)
    both.receive(0.3)
    both.sent.clear()
    for number, host in enumerate(("1::1:99", "2::2:99", "3::3:99", "3::4:99")):
        send(f"2001:db8:{host}", MISSING + number)
    payload = bytes([packets.FRAGMENT, 0, 0, 1]) + bytes(4) + bytes([frames.UDP, 0, 3, 0x20]) + bytes(12)
    made = packets.packet(address_bytes("2001:db8:1::2"), address_bytes(OWN[0]), payload, packets.FRAGMENT, INCOMPLETE)
    both.send(Sent(0, macs[0] + HOST_MAC + b"\0\x86\xdd" + made, INCOMPLETE))
    for number, (text, size) in enumerate((("2001:db8:2::", 0), ("2001:db8:3::1", 1300)), PINGED):
        ping(both, macs, text, number, size)
    both.receive(0.1)
    ping(both, macs, OWN[0], PINGED + 2, 1440, "2001:db8:2:1::2")


def ping(both, macs, text, number, size=0, source="2001:db8:1::2"):
    """Ping an address of the routers. Return what becomes of it."""
    source, to = address_bytes(source), address_bytes(text)
    request = packets.icmpv6(source, to, frames.ECHO_REQUEST, 0, number.to_bytes(4, "big") + bytes(size))
    made = packets.packet(source, to, request, ICMPV6, number, traffic_class=1)
    sent = Sent(0, macs[0] + HOST_MAC + b"\0\x86\xdd" + made, number)
    both.send(sent)
    return sent


def wait_for_batch(both, macs, number):
    """Wait until the router has answered a ping behind a batch, and then as long as its limit of errors needs."""
    sent = ping(both, macs, OWN[0], number)
    end = time.monotonic() + 10
    while not sent.ours:
        check(time.monotonic() < end, "the router answers no more")
        both.receive(0.01)
    both.receive(PAUSE)


def report(groups):
    """Return texts about packets that were handled otherwise, in groups by their results."""
    for words, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f"{len(group)} packets: Linux: {words[0] or 'nothing'}; the router: {words[1] or 'nothing'}; such as:"
        for case in group[:EXAMPLES]:
            yield f"  to link {case.sent.link}: {case.sent.frame.hex()}"
            yield from (f"    Linux: {one}" for one in case.linux)
            yield from (f"    router: {one}" for one in case.ours)


@suite.test_alone
def router_sends_what_linux_sends():
    ours, macs = start_ours(LINES)
    both = Both(ours, start_linux(macs, LINES), number_of_cause)
    generator = Generator(SEED, macs)
    prepare(both, macs)
    for number in range(1, PACKETS + 1):
        both.send(generator.frame(number, number % BATCH < TO_ROUTER))
        if number % BATCH == 0:
            wait_for_batch(both, macs, PINGS + number)
    both.receive(1)
    unknown, seen, same = collections.defaultdict(list), collections.Counter(), 0
    for case in (Case(sent, generator.own) for sent in both.sent.values()):
        number = None if case.is_same() else explain(case)
        if case.is_same():
            same += 1
        elif number is None:
            unknown[case.words].append(case)
        else:
            seen[number] += 1
    check(not unknown, f"ORACLE_SEED={SEED}:\n" + "\n".join(report(unknown)))
    check(same > PACKETS * 3 / 4, f"ORACLE_SEED={SEED}: only {same} of {PACKETS} have the same result")
    missing = [text for number, (text, _) in enumerate(DIFFERENCES) if not seen[number]]
    check(not missing or SEED != USUAL_SEED, f"these differences are no more: {missing}")


if __name__ == "__main__":
    sys.exit(suite.main())
