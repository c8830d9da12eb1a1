"""Stations on TAP interfaces, which send each other numbered frames of an experimental EtherType."""

import frames
from peer import check, wait_for

BURST = 20
LINK = 90  # seconds until a link is up on a busy machine
EXPERIMENT = 0x88B5  # an EtherType for experiments, which no one else uses (IEEE 802, 9.2.3)


class Station:
    """Send and receive frames of the experimental EtherType on a TAP interface."""

    def __init__(self, tap):
        self.wire = frames.Wire(tap.name, EXPERIMENT)

    def send(self, to, source, number):
        addresses = bytes([2, 0, 0, 0, 9, to, 2, 0, 0, 0, 9, source])
        frame = addresses + EXPERIMENT.to_bytes(2, "big") + number.to_bytes(4, "big")
        self.wire.send(frame + bytes(frames.SHORTEST - len(frame)))

    def receive(self, seconds):
        """Return the number of the next frame of others, or None if none arrives in time."""
        frame = self.wire.receive(seconds)
        return None if frame is None else int.from_bytes(frame[frames.HEADER:frames.HEADER + 4], "big")


def check_passes(sender, receiver, to, source, number):
    sender.send(to, source, number)
    received = receiver.receive(3)
    check(received == number, f"sent {number} from {source} to {to}, received {received}")


def check_burst_passes(sender, receiver, to, source, first):
    """Check that consecutive frames arrive in their order."""
    numbers = list(range(first, first + BURST))
    for number in numbers:
        sender.send(to, source, number)
    received = [receiver.receive(3) for _ in numbers]
    check(received == numbers, f"sent {numbers} from {source} to {to}, received {received}")


def wait_for_link(sender, receiver, to, source):
    """Wait for a first frame: earlier ones may be sent before a card has its link."""
    def arrives():
        sender.send(to, source, 0)
        return receiver.receive(0.2) is not None

    wait_for(arrives, LINK, "a first frame")
    while receiver.receive(0.5) is not None:
        pass
