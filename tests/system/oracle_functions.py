#!/usr/bin/env python3
"""Compare the firewall and the translator of the examples with netfilter, which gets the same random packets.

    oracle_functions.py DIRECTORY     the directory of the examples

The same as oracle.py. The functions are at layer 2, and the kernel routes: its Hop Limit is one less. Which packets
pass is compared, and their bytes; errors about those that do not are not.
"""

import collections
import os
import random
import shutil
import sys
import time

import frames
import functions
import packets
from frames import ICMPV6, UDP, address_bytes
from oracle import HOST_MAC, SEED, USUAL_SEED, Both, OurLink, Sent, start_linux
from packets import TCP
from peer import Program, Skip, Suite, check

suite = Suite("oracle_functions", __doc__)
MACS = [b"\x02\0\0\0\x0f\0", b"\x02\0\0\0\x0f\1"]  # of the kernel that routes
HEADER = packets.HEADER
EXAMPLES = 3  # of each group of differences


def frame_of(link, packet):
    return MACS[link] + HOST_MAC + bytes([link]) + frames.TYPE_IPV6.to_bytes(2, "big") + packet


def start_both(name, options, lines):
    """Start a function, and a kernel that routes between two links."""
    taps = [functions.silent_tap() for _ in MACS]
    function = functions.start(name, *taps, options=options)
    both = Both([OurLink(tap) for tap in taps], start_linux(MACS, lines), packets.number_of)
    return function, both


def flush(both, link, number):
    """Wait until the function has handled all frames of a link: it does not keep the order of frames of both links."""
    ends = [address_bytes(f"2001:db8:{side}::f") for side in (1, 2)]
    ends = ends[::-1] if link else ends
    content = packets.icmpv6(*ends, frames.ECHO_REQUEST, 0, bytes(4))
    sent = Sent(link, frame_of(link, packets.packet(*ends, content, ICMPV6, number)), number)
    both.sent[number] = sent
    both.ours[link].send(sent.frame)
    end = time.monotonic() + 10
    while not sent.ours:
        check(time.monotonic() < end, "the function passes no more packets")
        both.receive(0.0002)
    del both.sent[number]


def explain(case, differences):
    """Return the number of the difference in a list, None if it is not there."""
    return next((number for number, (_, matches) in enumerate(differences) if matches(case)), None)


def check_cases(cases, differences, least):
    """Check that the results are the same, but for the differences. least: number of packets with the same one."""
    unknown, seen, same = collections.defaultdict(list), collections.Counter(), 0
    for case in cases:
        number = None if case.is_same() else explain(case, differences)
        same += case.is_same()
        if number is not None:
            seen[number] += 1
        elif not case.is_same():
            unknown[str(case.words)].append(case)
    texts = [f"{len(group)} packets: {words}, such as:\n" + "\n".join(map(str, group[:EXAMPLES]))
             for words, group in sorted(unknown.items(), key=lambda item: -len(item[1]))]
    check(not unknown, f"ORACLE_SEED={SEED}:\n" + "\n".join(texts))
    check(same >= least, f"ORACLE_SEED={SEED}: only {same} packets have the same result")
    missing = [text for number, (text, _) in enumerate(differences) if not seen[number]]
    check(not missing or SEED != USUAL_SEED, f"these differences are no more: {missing}")


def without_hop_limit(packet):
    """Return the packet without its Hop Limit, and without padding of the link."""
    packet = packet[:HEADER + int.from_bytes(packet[4:6], "big")]
    return packet[:7] + packet[8:]


class Case:
    """A packet, and what Linux and the function sent because of it."""

    def __init__(self, sent):
        self.sent, self.packet = sent, sent.packet
        self.source, self.destination = sent.source, sent.destination
        self.chain = packets.Chain(sent.packet)
        self.linux, self.ours = (sorted((link, without_hop_limit(frame[frames.HEADER:])) for link, frame in received)
                                 for received in (sent.linux, sent.ours))
        self.words = tuple(len(all) for all in (self.linux, self.ours))

    def is_same(self):
        return self.linux == self.ours

    def type(self):
        """Return the ICMPv6 type of the packet, None if it has none."""
        at = self.chain.upper
        return self.packet[at] if self.chain.upper_layer == ICMPV6 and at < len(self.packet) else None

    def __str__(self):
        lines = [f"  to link {self.sent.link}: " + " ".join(frame.hex() for frame in self.sent.frames)]
        lines += [f"    {name}: by link {link}: {packet.hex()}" for name, all in (("Linux", self.linux),
                  ("function", self.ours)) for link, packet in all]
        return "\n".join(lines)


# -- The translator (RFC 6296) -----------------------------------------------------------------------------------------

INTERNAL, EXTERNAL = "fd01:203:405", "2001:db8:1"
NPT_LINES = """
address 0 fe80::1/64
address 1 fe80::2/64
route fd01:203:405::/48 via fe80::aa:1 0
route 2001:db8:2::/48 via fe80::aa:2 1
"""
TRANSLATIONS = 4000
NPT_DIFFERENCES = (
    ("The function drops packets whose headers cannot be read: they may hide an address that must be translated. RFC "
     "6296 has no rule.", lambda case: case.chain.is_bad and case.words == (1, 0)),
    ("The function is at layer 2, and reads no options; Linux is a router (RFC 8200, 4.2).",
     lambda case: case.chain.hop_by_hop and case.words == (0, 1)),
    ("Linux drops other versions than 6. RFC 6296 has no rule.",
     lambda case: case.packet[0] >> 4 != 6 and case.words == (0, 1)),
    ("Neighbor Discovery with Hop Limit 255 is of the link (RFC 4861, 6.1), and Linux routes it.",
     lambda case: case.packet[7] == 255 and case.words == (1, 1) and
     (case.type() in (133, 134, 135, 136, 137) or case.chain.is_bad) and
     case.ours[0][1] == without_hop_limit(case.packet)),
    ("Linux translates quotations in errors of types 1 to 4 without extension headers alone. RFC 4443, 2.1: all types "
     "below 128 are errors.",
     lambda case: case.words == (1, 1) and (case.type() in (100, 127) or case.packet[6] != ICMPV6) and
     case.linux[0][1][:HEADER - 1] == case.ours[0][1][:HEADER - 1]),
    ("The function drops an error whose quotation is too short for its addresses. RFC 4443, 2.4 (c): it is not.",
     lambda case: (case.type() or 128) < 128 and case.chain.end < case.chain.upper + 8 + HEADER and
     case.words == (1, 0)),
    ("Linux drops what is shorter than its Payload Length. The function is at layer 2, and leaves that to the host.",
     lambda case: case.words == (0, 1) and HEADER + int.from_bytes(case.packet[4:6], "big") > len(case.packet)),
)


def start_translators():
    function, both = start_both("nptv6_1", ("--inside", f"{INTERNAL}::/48", "--outside", f"{EXTERNAL}::/48"), NPT_LINES)
    kernel = both.linux[0].namespace
    if not shutil.which("ip6tables"):
        raise Skip("ip6tables is not installed")
    prefixes = {"SNPT": (INTERNAL, EXTERNAL), "DNPT": (EXTERNAL, INTERNAL)}
    for target, chain, match in (("SNPT", "POSTROUTING", "-o"), ("DNPT", "PREROUTING", "-i")):
        one, other = prefixes[target]
        side = "-s" if target == "SNPT" else "-d"
        kernel.must("ip6tables", "-t", "mangle", "-A", chain, match, "linux1", side, f"{one}::/48", "-j", target,
                    "--src-pfx", f"{one}::/48", "--dst-pfx", f"{other}::/48")
    return function, both


@suite.test_alone
def translator_sends_what_linux_sends():
    function, both = start_translators()
    generator = random.Random(SEED)
    inside, outside, peer = (packets.Hosts(f"{prefix}:") for prefix in (INTERNAL, EXTERNAL, "2001:db8:2"))
    for number in range(1, TRANSLATIONS + 1):
        link = generator.randrange(2)
        ends = (inside, peer) if link == 0 else (peer, outside)
        source, destination = (hosts.draw(generator) for hosts in ends)
        made = packets.random_packet(generator, source, destination, number, generator.randrange(40, 1280))
        if generator.random() < 0.05:
            made = packets.damage(generator, made)
        if len(made) > 7:
            made = made[:7] + bytes([max(2, made[7])]) + made[8:]
        both.send(Sent(link, frame_of(link, made), number))
        if number % 50 == 0:
            both.receive(0.02)
    both.receive(1)
    check_cases(map(Case, both.sent.values()), NPT_DIFFERENCES, TRANSLATIONS / 2)
    check(function.stop() == 0, f"{function.lines} {function.errors}")


# -- The firewall (RFC 6092) -------------------------------------------------------------------------------------------

FIREWALL_OPTIONS = ("--inside", "2001:db8:1::/48", "--pass", "documentation", "--filtering", "flow")
FIREWALL_LINES = """
address 0 2001:db8:1::ffff/64
address 1 2001:db8:2::ffff/64
"""
RULES = """
table ip6 filter {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        iifname linux0 ct state new accept
        icmpv6 type echo-request ct state new accept
    }
}
"""
DATAGRAMS = 5000
FLUSHED = 1 << 19  # number of packets besides the random ones
FLOWS = 30  # at a time
SYN, ACK, FIN, RST = 0x02, 0x10, 0x01, 0x04


class Talk:
    """A random conversation of a host inside and a host outside."""

    def __init__(self, generator):
        self.random = generator
        self.protocol = generator.choice((TCP, TCP, UDP, UDP, ICMPV6, ICMPV6, packets.UNKNOWN, packets.ESP))
        self.hosts = [address_bytes(f"2001:db8:{side}::{generator.randrange(1, 9)}") for side in (1, 2)]
        self.ports = [generator.randrange(2000, 65536), generator.choice((53, 80, 443, 4000))]
        self.left = generator.randrange(1, 16)
        self.is_begun = False  # the host inside has sent a packet

    def segment(self, side, ends):
        flags = self.random.choice((SYN, SYN, SYN | ACK, ACK, ACK, ACK, ACK, FIN | ACK, RST, RST | ACK))
        ports = self.ports[::-1] if side else self.ports
        return packets.tcp(*ends, ports, 1000, 1000, flags, self.random.randbytes(self.random.choice((0, 10, 1800))))

    def message(self, side, ends, number):
        """Return an ICMPv6 message: an echo, or an error about a packet of the other side."""
        pick = self.random.random()
        if pick < 0.75:
            data = bytes(self.random.choice((1, 1700)))
            content = self.ports[0].to_bytes(2, "big") + number.to_bytes(3, "big") + data
            return packets.icmpv6(*ends, self.random.choice((128, 129)), 0, content)
        return self.error(side, ends, number)

    def error(self, side, ends, number):
        about = self.whole(1 - side, number, is_error=True)[:1000]
        kind = self.random.choice((1, 2, 3, 4))
        return packets.icmpv6(*ends, kind, 0, (1280 if kind == 2 else 0).to_bytes(4, "big") + about)

    def whole(self, side, number, is_error=False):
        """Return the next packet. side: 0 from inside, 1 from outside."""
        ends = self.hosts[::-1] if side else self.hosts
        ports = self.ports[::-1] if side else self.ports
        protocol, pick = self.protocol, self.random.random()
        if not is_error and pick < 0.08:
            protocol, content = ICMPV6, self.error(side, ends, number)
        elif protocol == TCP:
            content = self.segment(side, ends)
        elif protocol == UDP:
            content = packets.udp(*ends, ports, self.random.randbytes(self.random.choice((0, 10, 1800))))
        elif protocol == ICMPV6:
            content = (packets.icmpv6(*ends, 128, 0, self.ports[0].to_bytes(2, "big") + bytes(10)) if is_error else
                       self.message(side, ends, number))
        else:
            content = b"\0\0\1\0" + self.random.randbytes(40)
        return packets.packet(*ends, content, protocol, number)

    def next(self, number):
        """Return the next packet, often in fragments, sometimes in the wrong order."""
        self.left -= 1
        side = self.random.randrange(2)
        whole = self.whole(side, number)
        parts, is_short = [whole], len(whole) < 200
        if len(whole) > 1280 or self.random.random() < 0.1:
            parts = packets.fragments(whole, number, self.random.choice((8, 600, 1200)) if is_short else 1000)
        is_reversed = self.random.random() < 0.2 and len(parts) > 1
        made = [frame_of(side, part) for part in (parts[::-1] if is_reversed else parts)]
        sent = Sent(side, made[0], number, made[1:])
        sent.protocol, sent.type, sent.talk, sent.is_begun = whole[6], whole[HEADER], self.protocol, self.is_begun
        sent.is_reversed, sent.is_incomplete = is_reversed, len(parts) > 1 and len(parts[0]) == HEADER + 8 + 8
        self.is_begun |= side == 0 and whole[6] == self.protocol
        return sent


def payload_of(received):
    """Return the payload of a packet of which these parts were received: conntrack makes new fragments."""
    payload = bytearray()
    for _, packet in received:
        content, at = packet[HEADER - 1:], 0  # without Hop Limit
        if packet[6] == packets.FRAGMENT:
            at, content = int.from_bytes(content[2:4], "big") & ~7, content[8:]
        payload += bytes(max(0, at + len(content) - len(payload)))
        payload[at:at + len(content)] = content
    return bytes(payload)


class Verdict(Case):
    """A packet of a conversation: it passes, or not, or some of its fragments do."""

    def __init__(self, sent):
        super().__init__(sent)
        whole = payload_of((0, without_hop_limit(frame[frames.HEADER:])) for frame in sent.frames)
        self.words = tuple("passes" if payload_of(all) == whole else "in part" if all else "dropped"
                           for all in (self.linux, self.ours))

    def is_same(self):
        return self.words[0] == self.words[1] != "in part"

    def is_passed(self, link, *types):
        """Return true for an ICMPv6 message of this direction that the firewall alone passes."""
        return (self.sent.link == link and self.sent.protocol == ICMPV6 and self.sent.type in types and
                self.words == ("dropped", "passes"))


# Each with the recommendation of RFC 6092, if there is one.
FIREWALL_DIFFERENCES = (
    ("A fragment that overtakes the first one is dropped, Linux keeps it. No recommendation: src/nf/firewall.md.",
     lambda case: case.sent.is_reversed and case.words[1] in ("in part", "dropped")),
    ("A first fragment without all headers is dropped, Linux reassembles. RFC 7112, 5; no recommendation.",
     lambda case: case.sent.is_incomplete and case.words == ("passes", "dropped")),
    ("REC-22: ESP passes in both directions.",
     lambda case: case.sent.protocol == packets.ESP and case.words == ("dropped", "passes")),
    ("Echo Requests pass inbound without a flow (RFC 4890, 4.3.1), and so do all replies of hosts inside.",
     lambda case: case.is_passed(0, frames.ECHO_REPLY)),
    ("Errors of hosts inside pass if they are about what passes without a flow (REC-22; RFC 4890, 4.3.1).",
     lambda case: case.sent.talk in (ICMPV6, packets.ESP) and case.is_passed(0, 1, 2, 3, 4)),
    ("REC-36: errors about the flow of a connection pass. Linux has ended it.",
     lambda case: case.sent.is_begun and case.sent.talk == TCP and case.is_passed(case.sent.link, 1, 2, 3, 4)),
    ("REC-31, REC-32 and REC-35: segments of a connection pass in all states, and 4 minutes after its end, and those "
     "of hosts inside always. Linux drops those that its states do not expect.",
     lambda case: case.sent.protocol == TCP and (case.sent.is_begun or case.sent.link == 0) and
     case.words == ("dropped", "passes")),
)


@suite.test_alone
def firewall_passes_what_linux_passes():
    function, both = start_both("firewall_1", FIREWALL_OPTIONS, FIREWALL_LINES)
    kernel = both.linux[0].namespace
    kernel.must("sh", "-c", "echo 1 >/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal")
    path = os.path.join(Program.recordings, "oracle.nft")
    with open(path, "w", encoding="ascii") as file:
        file.write(RULES)
    kernel.must("nft", "-f", path)
    generator = random.Random(SEED)
    talks, link = [Talk(generator) for _ in range(FLOWS)], 0
    for number in range(1, DATAGRAMS + 1):
        at = generator.randrange(FLOWS)
        sent = talks[at].next(number)
        if sent.link != link:
            flush(both, link, FLUSHED + number)
        link = sent.link
        both.send(sent)
        if talks[at].left == 0:
            talks[at] = Talk(generator)
    both.receive(1)
    check_cases(map(Verdict, both.sent.values()), FIREWALL_DIFFERENCES, DATAGRAMS / 2)
    check(function.stop() == 0, f"{function.lines} {function.errors}")


if __name__ == "__main__":
    sys.exit(suite.main())
