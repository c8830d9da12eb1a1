#!/usr/bin/env python3
"""Send a frame on each interface, to a card of a network function, and show the interfaces that receive it: pass.py
INTERFACE... Exit with 0 if each frame arrives at its destination."""

import socket
import sys
import time

IPV6 = 0x86DD
SENDS = 100  # attempts for each frame: the first ones are lost before a card has its link
WAIT = 0.2   # seconds for a frame to arrive


def station(number):
    """Return the Ethernet address of a station, one that mac_lookup knows."""
    return bytes([2, 0, 0, 0, 0, number + 1])


def frame(source, destination):
    """Return a frame with an IPv6 packet without a next header (RFC 8200, 4.7), and with a text behind its header."""
    addresses = b"".join(bytes([0xFD, 0, 0, 6] + [0] * 11 + [number + 1]) for number in (source, destination))
    text = f"from {source} to {destination}".encode().ljust(24, b".")
    packet = bytes([0x60, 0, 0, 0, 0, len(text), 59, 64]) + addresses + text
    return station(destination) + station(source) + IPV6.to_bytes(2, "big") + packet


def receive(end, packet, seconds):
    """Return the frame with this packet, with any Ethernet addresses, or None if it does not arrive in time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        end.settimeout(max(0.001, limit - time.monotonic()))
        try:
            received, address = end.recvfrom(2048)
        except TimeoutError:
            return None
        if address[2] != socket.PACKET_OUTGOING and received[14:] == packet:
            return received
    return None


def show(name, direction, data):
    print(f"{name} {direction} {data[:6].hex(':')} from {data[6:12].hex(':')}, IPv6: \"{data[54:].decode()}\"")


def passes(names, ends, source):
    """Return true if a frame that `source` sends arrives at its destination. A bridge may send it there alone."""
    others = [number for number in range(len(ends)) if number != source]
    sent = frame(source, others[0])
    for _ in range(SENDS):
        ends[source].send(sent)
        received = [receive(ends[number], sent[14:], WAIT) for number in others]
        if received[0]:
            break
    show(names[source], "in: to ", sent)
    for number, data in zip(others, received):
        if data:
            show(names[number], "out: to", data)
        else:
            print(f"{names[number]} out: nothing")
    return received[0] is not None


def main():
    names = sys.argv[1:]
    ends = []
    for name in names:
        ends.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
        ends[-1].bind((name, IPV6))
    results = [passes(names, ends, source) for source in range(len(ends))]
    return 0 if len(ends) > 1 and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
