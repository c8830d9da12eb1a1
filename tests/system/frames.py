"""Ethernet frames with IPv6 packets, byte by byte: requests that the kernel would not send, and their replies."""

import socket
import struct

TYPE_IPV4, TYPE_ARP, TYPE_IPV6 = 0x0800, 0x0806, 0x86DD
UDP, ICMPV6, NO_NEXT_HEADER, DESTINATION_OPTIONS = 17, 58, 59, 60
ECHO_REQUEST, ECHO_REPLY = 128, 129
NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT = 135, 136
SOURCE_OPTION, TARGET_OPTION = 1, 2  # with a link-layer address (RFC 4861, 4.6.1)
SOLICITED, OVERRIDE = 1 << 30, 1 << 29  # flags of an advertisement (RFC 4861, 4.4)
HOP_LIMIT, NDP_HOP_LIMIT = 64, 255
NEXT_HEADER, ICMPV6_TYPE = 20, 54  # offsets in a frame
SOL_PACKET, IGNORE_OUTGOING = 263, 23  # linux/if_packet.h
HEADER, SHORTEST = 14, 60  # of Ethernet, in bytes, without FCS


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def address_bytes(text):
    return socket.inet_pton(socket.AF_INET6, text)


def checksum(source, destination, protocol, payload):
    """Return the checksum of an upper layer (RFC 8200, 8.1; RFC 1071)."""
    data = source + destination + struct.pack("!II", len(payload), protocol) + payload + bytes(len(payload) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


class Flow:
    """From one station to another: an Ethernet and an IPv6 address of each, in bytes."""

    def __init__(self, mac, address, to_mac, to_address):
        self.mac, self.address, self.to_mac, self.to_address = mac, address, to_mac, to_address

    def back(self):
        return Flow(self.to_mac, self.to_address, self.mac, self.address)

    def but(self, **other):
        """Return the same flow with other addresses."""
        return Flow(**{**self.__dict__, **other})

    def frame(self, payload, protocol=ICMPV6, version=6, more=0, ether_type=TYPE_IPV6, hop_limit=HOP_LIMIT):
        """Return a frame. `more`: number of bytes that the IPv6 header states and the frame lacks."""
        ethernet = self.to_mac + self.mac + struct.pack("!H", ether_type)
        ipv6 = struct.pack("!IHBB", version << 28, len(payload) + more, protocol, hop_limit)
        frame = ethernet + ipv6 + self.address + self.to_address + payload
        return frame + bytes(max(0, SHORTEST - len(frame)))

    def echo(self, kind, identifier, sequence, data=b"", wrong=0):
        """Return an Echo message. `wrong`: bits of the checksum to invert."""
        head = struct.pack("!BBHHH", kind, 0, 0, identifier, sequence)
        total = checksum(self.address, self.to_address, ICMPV6, head + data) ^ wrong
        return head[:2] + struct.pack("!H", total) + head[4:] + data

    def udp(self, port, data, longer=0, wrong=0):
        head = struct.pack("!HHHH", 9999, port, 8 + len(data) + longer, 0)
        total = checksum(self.address, self.to_address, UDP, head + data) ^ wrong
        return head[:6] + struct.pack("!H", total) + data

    def request_and_reply(self, identifier, sequence, data):
        """Return the frame of an Echo Request, and that of its reply (RFC 4443, 4.2)."""
        back = self.back()
        return (self.frame(self.echo(ECHO_REQUEST, identifier, sequence, data)),
                back.frame(back.echo(ECHO_REPLY, identifier, sequence, data)))

    def ndp(self, kind, flags, target, option):
        """Return the frame of a Neighbor Discovery message with the Ethernet address of its sender."""
        message = struct.pack("!BBHI", kind, 0, 0, flags) + target + bytes([option, 1]) + self.mac
        total = checksum(self.address, self.to_address, ICMPV6, message)
        return self.frame(message[:2] + struct.pack("!H", total) + message[4:], hop_limit=NDP_HOP_LIMIT)

    def solicitation(self):
        """Return the frame of a solicitation for the other station, to its solicited-node group."""
        group = address_bytes("ff02::1:ff00:0")[:13] + self.to_address[13:]
        flow = self.but(to_mac=b"\x33\x33" + group[12:], to_address=group)
        return flow.ndp(NEIGHBOR_SOLICITATION, 0, self.to_address, SOURCE_OPTION)

    def advertisement(self):
        """Return the frame of the answer to a solicitation of the other station."""
        return self.ndp(NEIGHBOR_ADVERTISEMENT, SOLICITED | OVERRIDE, self.address, TARGET_OPTION)


class Wire:
    """An interface: send frames on it, and receive those of others."""

    def __init__(self, name, ether_type):
        # Without a protocol until it is bound: it would receive the frames of other interfaces.
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
        self.socket.bind((name, ether_type))

    def mac(self):
        """Return the address of the interface."""
        return self.socket.getsockname()[4]

    def send(self, frame):
        self.socket.send(frame)

    def receive(self, seconds):
        """Return the next frame, or None if none arrives in time."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(2048)
        except TimeoutError:
            return None
