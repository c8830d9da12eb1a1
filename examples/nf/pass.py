#!/usr/bin/env python3
"""Sends a frame into each of some interfaces, which lead to the cards of a network function, and shows which of the
others it comes out of: pass.py INTERFACE... Exits with 0 if each came out where its destination is."""

import socket
import sys
import time

IPV6 = 0x86DD
SENDS = 100  # that a frame is given: the first come before a card has its link
WAIT = 0.2   # seconds for one to come out


def station(number):
    """Its Ethernet address: one of those that mac_lookup knows."""
    return bytes([2, 0, 0, 0, 0, number + 1])


def frame(source, destination):
    """An IPv6 packet without a next header (RFC 8200, 4.7), of 64 bytes with a text behind it, in a frame."""
    addresses = b"".join(bytes([0xFD, 0, 0, 6] + [0] * 11 + [number + 1]) for number in (source, destination))
    text = f"from {source} to {destination}".encode().ljust(24, b".")
    packet = bytes([0x60, 0, 0, 0, 0, len(text), 59, 64]) + addresses + text
    return station(destination) + station(source) + IPV6.to_bytes(2, "big") + packet


def receive(end, packet, seconds):
    """The frame with that packet, whatever its Ethernet addresses are by now; None if it does not come."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        end.settimeout(max(0.001, limit - time.monotonic()))
        try:
            got, address = end.recvfrom(2048)
        except TimeoutError:
            return None
        if address[2] != socket.PACKET_OUTGOING and got[14:] == packet:
            return got
    return None


def show(name, way, data):
    print(f"{name} {way} {data[:6].hex(':')} from {data[6:12].hex(':')}, IPv6: \"{data[54:].decode()}\"")


def passes(names, ends, source):
    """Does a frame that is sent into one come out where its destination is? A bridge may send it only there."""
    others = [number for number in range(len(ends)) if number != source]
    sent = frame(source, others[0])
    for _ in range(SENDS):
        ends[source].send(sent)
        got = [receive(ends[number], sent[14:], WAIT) for number in others]
        if got[0]:
            break
    show(names[source], "in: to ", sent)
    for number, data in zip(others, got):
        if data:
            show(names[number], "out: to", data)
        else:
            print(f"{names[number]} out: nothing")
    return got[0] is not None


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
