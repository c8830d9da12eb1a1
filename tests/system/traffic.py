"""Traffic for a node on a board, and the comparison of its counters with those of the card."""

import contextlib
import json
import random
import socket
import struct
import sys
import threading
import time

import frames
from machines import BOOT
from peer import ECHO_PORT, MTU, PING_MAX, check, must, wait_for

NOT_OURS = "dropped: to an address or group that the node does not have"

# Drops of packets, not of frames.
NOT_FRAMES = ("during reassembly", "during fragmentation", "during address resolution", "too long to wait")


def balance(counters):
    """Return the number of frames that the card received and the node did not count, and the number of frames that the
    node sent and the card did not."""
    node = {what: number for (who, what), number in counters.items() if who == "node"}
    not_frames = tuple(f"dropped: {text}" for text in NOT_FRAMES)
    drops = sum(number for what, number in node.items()
                if what.startswith("dropped: ") and not what.startswith(not_frames))
    stay = drops + node.get("frames handled without an answer", 0)
    kept = node.get("packets to a neighbor whose address is being resolved", 0)
    received = node.get("frames received", 0)
    sent = received - stay - kept + node.get("frames that the node originated", 0)
    return counters["port", "frames received"] - received, sent - counters["port", "frames sent"]


def check_counters(machine):
    """Check that card and node agree, as soon as no frame is between them. Return their counters."""
    for _ in range(10):
        counters = machine.counters()
        if balance(counters) == (0, 0):
            break
    check(balance(counters) == (0, 0), f"card and node differ by {balance(counters)}: {counters}")
    check(counters["port", "frames that arrived and were lost"] == 0, f"the card lost frames: {counters}")
    return counters


def check_all_counters(tap, machine):
    """Do the same. Return also the number of frames that QEMU read from the TAP interface, and wrote to it."""
    def look():
        before = passed((tap, ()))
        counters = check_counters(machine)
        return (counters, *before) if passed((tap, ())) == before else None

    return wait_for(look, BOOT, "an end of frames")


ICMP6_FILTER = 1
BLOCK_ALL = (1 << 256) - 1  # one bit for each type (RFC 3542, 3.2)
ECHO_REPLY_ONLY = (BLOCK_ALL & ~(1 << frames.ECHO_REPLY)).to_bytes(32, sys.byteorder)


def check_every_size(address):
    """Exchange an Echo Request of every size. The kernel writes and checks the checksums."""
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as client:
        client.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, ECHO_REPLY_ONLY)
        client.connect((address, 0))
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while client.recv(MTU):  # replies to others, received before this socket was connected
                pass
        client.settimeout(3)
        for size in range(PING_MAX + 1):
            rest = struct.pack("!HH", size, 65535 - size) + random.Random(size).randbytes(size)
            client.send(bytes([frames.ECHO_REQUEST, 0, 0, 0]) + rest)
            reply = client.recv(MTU)
            good = reply[:2] == bytes([frames.ECHO_REPLY, 0]) and reply[4:] == rest
            check(good, f"the reply to {size} bytes is {reply}")


def passed(*ends):
    """Return the number of frames that QEMU read from each TAP interface, and wrote to it, as soon as traffic has
    ended. An end is an interface and the command that enters its namespace."""
    def look():
        numbers = []
        for tap, inside in ends:
            stats = json.loads(must(*inside, "ip", "-j", "-s", "link", "show", "dev", tap.name))[0]["stats64"]
            numbers += stats["tx"]["packets"], stats["rx"]["packets"]
        return numbers

    def at_rest():
        before = look()
        time.sleep(0.3)
        return before if before == look() else None

    return wait_for(at_rest, BOOT, "an end of frames")


def wire_and_flow(tap):
    """Return the kernel's end of the link, and the flow from the kernel to the node."""
    wire = frames.Wire(tap.name, frames.TYPE_IPV6)
    return wire, frames.Flow(wire.mac(), frames.address_bytes(tap.kernel), frames.mac_bytes(tap.mac),
                             frames.address_bytes(tap.node))


class Pinger(threading.Thread):
    """Send requests as fast as they are answered, and some if none is, until the end of a "with"."""

    def __init__(self, tap):
        super().__init__()
        self.wire, flow = wire_and_flow(tap)
        self.request, self.reply = flow.request_and_reply(3, 3, bytes(56))
        self.stopping = False
        self.requests, self.replies = 0, 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join()

    def run(self):
        while not self.stopping:
            for _ in range(16):
                self.wire.send(self.request)
                self.requests += 1
            self.receive(16, 0.05)
        self.receive(self.requests, 1)

    def receive(self, count, seconds):
        while count > 0:
            frame = self.wire.receive(seconds)
            if frame is None:
                return
            if frame == self.reply:
                self.replies += 1
                count -= 1

    def wait_for_answers(self, seconds):
        before = self.replies
        wait_for(lambda: self.replies > before, seconds, "answers to a flood")


def dropped_frames(flow):
    """Return frames that a node drops without an error, each with the name of its counter."""
    hello = flow.echo(frames.ECHO_REQUEST, 1, 1, b"hello")
    group = flow.but(to_mac=bytes.fromhex("3333ff7a7b7c"), to_address=frames.address_bytes("ff02::1:ff7a:7b7c"))
    unknown_host = flow.but(to_address=frames.address_bytes("fd00:ffff::1"))
    from_group = flow.but(address=frames.address_bytes("ff02::1"))
    broadcast = flow.but(to_mac=bytes([0xFF] * 6))
    return [
        (group.frame(group.echo(frames.ECHO_REQUEST, 1, 1)), NOT_OURS.partition(": ")[2]),
        (unknown_host.frame(unknown_host.echo(frames.ECHO_REQUEST, 1, 1)), NOT_OURS.partition(": ")[2]),
        (flow.frame(hello, ether_type=frames.TYPE_ARP), "not IPv6"),
        (broadcast.frame(bytes(1400), ether_type=frames.TYPE_IPV4), "not IPv6"),
        (flow.frame(hello, version=4), "IP version is not 6"),
        (flow.frame(hello, more=1000), "shorter than its Payload Length"),
        (flow.frame(bytes(1460), more=1), "shorter than its Payload Length"),
        (from_group.frame(from_group.echo(frames.ECHO_REQUEST, 1, 1)), "impossible IPv6 source address"),
        (flow.frame(flow.echo(frames.ECHO_REQUEST, 1, 1, bytes(100), wrong=1)), "wrong ICMPv6 checksum"),
        (flow.frame(flow.echo(frames.ECHO_REQUEST, 1, 1, bytes(1452), wrong=0x8000)), "wrong ICMPv6 checksum"),
        (flow.frame(hello[:3]), "ICMPv6 message too short"),
        (flow.frame(flow.echo(frames.ECHO_REPLY, 1, 1)), "unexpected Echo Reply"),
        (flow.frame(flow.udp(ECHO_PORT, b"hello", wrong=1), frames.UDP), "wrong UDP checksum"),
        (flow.frame(flow.udp(ECHO_PORT, b"hello", longer=1), frames.UDP), "wrong UDP length"),
        (flow.frame(b"", frames.NO_NEXT_HEADER), "No Next Header"),
        (flow.frame(bytes([frames.ICMPV6, 1]) + bytes(8), frames.DESTINATION_OPTIONS), "truncated extension header"),
    ]


class Laps:
    """Send Echo Requests, with at most `window` of them unanswered, mixed with frames that must be dropped. The replies
    must arrive in the order of the requests."""

    def __init__(self, wire, flow, drops, window):
        self.wire, self.drops, self.window = wire, drops, window
        self.random = random.Random(1)
        self.pairs = [flow.request_and_reply(7, number, self.random.randbytes(self.size())) for number in range(1000)]
        self.requests, self.answered = 0, 0
        self.dropped = [0] * len(drops)
        self.sent = 0

    def size(self):
        return self.random.randrange(PING_MAX + 1) if self.random.random() < 0.1 else self.random.randrange(100)

    def send(self):
        if self.drops and self.random.random() < 0.5:
            number = self.random.randrange(len(self.drops))
            self.wire.send(self.drops[number][0])
            self.dropped[number] += 1
        else:
            self.wire.send(self.pairs[self.requests % len(self.pairs)][0])
            self.requests += 1
        self.sent += 1

    def receive(self):
        """Receive a reply. Ignore other frames of the node or the kernel."""
        frame = self.wire.receive(5)
        check(frame is not None, f"request {self.answered} is not answered, after {self.sent} frames")
        if frame[frames.NEXT_HEADER] == frames.ICMPV6 and frame[frames.ICMPV6_TYPE] == frames.ECHO_REPLY:
            expected = self.pairs[self.answered % len(self.pairs)][1]
            check(frame == expected, f"the reply to request {self.answered} is {frame.hex()}, not {expected.hex()}")
            self.answered += 1

    def run(self, count):
        """Run until `count` requests, since the beginning, have been sent and answered."""
        while self.requests < count:
            while self.requests - self.answered < self.window and self.requests < count:
                self.send()
            while self.requests - self.answered > self.window // 2:
                self.receive()
        while self.requests > self.answered:
            self.receive()
