"""Random IPv6 packets: headers, options and payloads, valid and not. Each has a number in its flow label."""

import struct

import frames
from frames import ICMPV6, NO_NEXT_HEADER, UDP, address_bytes

HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, TCP, ESP, UNKNOWN = 0, 43, 44, 60, 6, 50, 253
HEADER = 40
NUMBERS = 1 << 20  # of flow labels
PAD_N, ROUTER_ALERT, JUMBO = 1, 5, 0xC2
UNKNOWN_OPTIONS = (0x1E, 0x5E, 0x9E, 0xDE)  # the two highest bits are the action (RFC 8200, 4.2)
UPPER_SIZES = {TCP: 20, UDP: 8, ICMPV6: 8, ESP: 8}
EXTENSIONS = (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION)
HOP_LIMITS = (0, 1, 2, 64, 255)


def number_of(packet):
    """Return the number of a packet."""
    return int.from_bytes(packet[1:4], "big") % NUMBERS


def options(random):
    """Return options, padded to the size of a header (RFC 8200, 4.2)."""
    kinds = (b"", bytes(random.randrange(3)), bytes([PAD_N, 2, 0, 0]), bytes([ROUTER_ALERT, 2, 0, 0]),
             bytes([JUMBO, 4]) + random.choice((100, 70000)).to_bytes(4, "big"),
             bytes([random.choice(UNKNOWN_OPTIONS), 3]) + random.randbytes(3), bytes([PAD_N, 200]))
    content = b"".join(random.choices(kinds, (6, 2, 3, 3, 1, 4, 1), k=random.randrange(1, 4)))
    missing = -(2 + len(content)) % 8
    return content + (bytes([PAD_N, missing - 2]) + bytes(missing - 2) if missing > 1 else bytes(missing))


def extension(random, kind):
    """Return an extension header, with 0 as its next header."""
    if kind == FRAGMENT:
        offset, more = random.choice(((0, 0), (0, 1), (1, 1), (100, 0), (8191, 0)))
        return struct.pack("!BBHI", 0, 0, offset << 3 | more, random.getrandbits(32))
    if kind == ROUTING:
        left = random.randrange(3)
        return bytes([0, 2, random.choice((0, 0, 2, 3, 4, 253)), left]) + bytes(4) + random.randbytes(16)
    content = options(random)
    return bytes([0, (2 + len(content)) // 8 - 1]) + content


def tcp(source, destination, ports, sequence=0, acknowledgment=0, flags=0x02, data=b""):
    """Return a TCP segment (RFC 9293, 3.1)."""
    head = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledgment, 5 << 4, flags, 8192, 0, 0)
    total = frames.checksum(source, destination, TCP, head + data)
    return head[:16] + struct.pack("!H", total) + head[18:] + data


def udp(source, destination, ports, data, wrong=0):
    """Return a UDP datagram. `wrong`: bits of the checksum to invert."""
    head = struct.pack("!HHHH", *ports, 8 + len(data), 0)
    total = frames.checksum(source, destination, UDP, head + data) or 0xFFFF
    return head[:6] + struct.pack("!H", total ^ wrong) + data


def icmpv6(source, destination, kind, code, content):
    """Return an ICMPv6 message. content: what follows its checksum."""
    head = struct.pack("!BBH", kind, code, 0)
    return head[:2] + struct.pack("!H", frames.checksum(source, destination, ICMPV6, head + content)) + content


def packet(source, destination, payload, protocol, number=0, hop_limit=64, traffic_class=0, version=6, more=0):
    """Return a packet. `more`: bytes that its header states in addition to those of its payload."""
    first = version << 28 | traffic_class << 20 | number
    length = max(0, min(0xFFFF, len(payload) + more))
    return struct.pack("!IHBB", first, length, protocol, hop_limit) + source + destination + payload


def fragments(whole, identifier, size):
    """Return the fragments of a packet without extension headers, of `size` bytes of its payload (RFC 8200, 4.5)."""
    payload, made = whole[HEADER:], []
    for offset in range(0, len(payload), size):
        part = payload[offset:offset + size]
        more = int(offset + size < len(payload))
        header = struct.pack("!BBHI", whole[6], 0, offset | more, identifier)
        length = (8 + len(part)).to_bytes(2, "big")
        made.append(whole[:4] + length + bytes([FRAGMENT]) + whole[7:HEADER] + header + part)
    return made


def upper_layer(random, source, destination, number, size):
    """Return the protocol and the content of about `size` bytes of an upper layer."""
    data = random.randbytes(max(0, size - 8))
    tag = number.to_bytes(4, "big")
    kind = random.choice(("udp", "udp", "echo", "echo", "tcp", "error", "reply", "neighbor", "none", "other"))
    if kind == "udp":
        wrong = random.choice((0, 0, 0, 0x5555))
        return UDP, udp(source, destination, (random.randrange(1, 65536), random.choice((9, 53, 33434))), data, wrong)
    if kind == "tcp":
        return TCP, tcp(source, destination, (1024, 80), number, data=data[12:])
    if kind == "error":  # about a packet of the destination
        about = packet(destination, source, b"12345678" + data[:64], UDP, number)
        return ICMPV6, icmpv6(source, destination, random.choice((1, 2, 3, 4, 100, 127)), 0, tag + about)
    if kind == "neighbor":
        return ICMPV6, icmpv6(source, destination, random.choice((133, 134, 135, 136, 137)), 0, bytes(4) + data[:40])
    if kind in ("echo", "reply"):
        return ICMPV6, icmpv6(source, destination, 128 if kind == "echo" else 129, 0, tag + data)
    return (NO_NEXT_HEADER if kind == "none" else random.choice((ESP, UNKNOWN))), data


def chain(random):
    """Return the kinds of the extension headers of a packet."""
    if random.random() < 0.6:
        return []
    kinds = random.choices((HOP_BY_HOP, DESTINATION, FRAGMENT, ROUTING), (5, 3, 3, 2), k=random.randrange(1, 4))
    if random.random() < 0.9:  # Hop-by-Hop options are the first header
        kinds.sort(key=lambda kind: kind != HOP_BY_HOP)
        kinds = [kind for at, kind in enumerate(kinds) if kind != HOP_BY_HOP or at == 0]
    return kinds


def random_packet(random, source, destination, number, size):
    """Return a packet of about `size` bytes. source, destination: 16 bytes."""
    kinds = chain(random)
    headers = [extension(random, kind) for kind in kinds]
    used = HEADER + sum(map(len, headers))
    protocol, content = upper_layer(random, source, destination, number, max(0, size - used))
    content = content if len(content) + used <= size or protocol == ICMPV6 else content[:max(8, size - used)]
    following = kinds[1:] + [protocol]
    payload = b"".join(bytes([after]) + header[1:] for after, header in zip(following, headers)) + content
    return packet(source, destination, payload, (kinds + [protocol])[0], number, random.choices(
        HOP_LIMITS, (1, 3, 3, 20, 3))[0], random.choice((0, 0, 1, 0xB8)))


def damage(random, whole):
    """Return the packet with a fault of its length, its end or its version."""
    kind = random.choice(("padded", "long", "short", "cut", "version", "empty"))
    if kind == "padded":
        return whole + random.randbytes(random.randrange(1, 30))
    if kind == "version":
        return bytes([random.choice((0x00, 0x40, 0x50, 0x70, 0xF0)) | whole[0] & 0x0F]) + whole[1:]
    if kind == "cut":
        return whole[:random.choice((0, 1, 20, 39, 40, 41, 44, 48, random.randrange(len(whole) + 1)))]
    stated = len(whole) - HEADER
    length = {"long": min(0xFFFF, stated + random.randrange(1, 100)), "short": random.randrange(stated + 1),
              "empty": 0}[kind]
    return whole[:4] + length.to_bytes(2, "big") + whole[6:]


class Chain:
    """The headers of a packet, as far as they can be read."""

    def __init__(self, whole):
        self.is_later = False  # it is a later fragment
        self.is_bad = False  # they end early or are out of order, or no host accepts the fragment
        self.hop_by_hop, self.destination = b"", []  # options
        self.routing_types = []
        self.upper_layer = whole[6] if len(whole) > 6 else NO_NEXT_HEADER
        self.upper, self.end = HEADER, min(len(whole), HEADER + int.from_bytes(whole[4:6], "big"))
        self.has_fragment = False
        while self.upper_layer in EXTENSIONS and not self.is_bad and not self.is_later:
            self.read_header(whole)
        self.is_bad |= self.upper + UPPER_SIZES.get(self.upper_layer, 0) > self.end and not self.is_later

    def read_header(self, whole):
        at, kind = self.upper, self.upper_layer
        size = 8 + (8 * whole[at + 1] if kind != FRAGMENT and at + 1 < self.end else 0)
        if at + size > self.end or (kind == HOP_BY_HOP and at != HEADER):
            self.is_bad = True
            return
        content = whole[at + 2:at + size]
        if kind == HOP_BY_HOP:
            self.hop_by_hop = content
            self.is_bad = sum(option for _, option in read_options(content)) > len(content)
        elif kind == DESTINATION:
            self.destination.append(content)
        elif kind == ROUTING:
            self.routing_types.append(content[0])
        else:
            self.read_fragment(int.from_bytes(content[:2], "big"), self.end - at - size)
        self.upper_layer, self.upper = whole[at], at + size

    def read_fragment(self, offset, length):
        self.is_bad = (self.has_fragment or (offset & 1 and length % 8 != 0) or (offset & ~7) + length > 0xFFFF)
        self.is_later, self.has_fragment = offset >> 3 != 0, True


def read_options(content):
    """Return the type and the size of each option, with its header."""
    found, at = [], 0
    while at < len(content):
        size = 1 if content[at] == 0 else 2 + (content[at + 1] if at + 1 < len(content) else 0)
        found.append((content[at], size))
        at += size
    return found


def has_option(content, kind):
    return any(its == kind for its, _ in read_options(content))


def has_long_padding(content):
    """Return true if there are more than 7 bytes of padding without an option between."""
    total = 0
    for kind, size in read_options(content):
        total = total + size if kind <= PAD_N else 0
        if total > 7:
            return True
    return False


class Hosts:
    """A prefix: random addresses of it."""

    def __init__(self, prefix, *hosts):
        self.prefix, self.hosts = prefix, hosts

    def draw(self, random):
        if self.hosts:
            return address_bytes(self.prefix + random.choice(self.hosts))
        return address_bytes(f"{self.prefix}{random.getrandbits(16):x}::{random.getrandbits(16):x}")
