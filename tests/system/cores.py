"""A network function with an agent on each of two cores, whose queues on two cards are shared by RSS."""

import frames
from peer import check, wait_for

AGENTS = 2
FLOWS = 8
EACH = 10  # frames of a flow, in each direction
COUNTS = "packets of each agent:"


class Cores:
    """The function, between two wires. `seconds` is what a start may take."""

    def __init__(self, machine, taps, seconds):
        self.machine, self.seconds, self.counted = machine, seconds, []
        self.wires = [frames.Wire(tap.name, frames.TYPE_IPV6) for tap in taps]
        machine.wait_line("noop: running", seconds)
        # Frames are lost until the cards have their links.
        for side in (0, 1):
            wait_for(lambda: self.passes(side, self.flow(0), 0.2), seconds, "a first frame")
        while any(wire.receive(1) is not None for wire in self.wires):
            pass

    def flow(self, number):
        """Return a flow from the first wire to the second."""
        return frames.Flow(b"\x02\0\0\0\x09\1", frames.address_bytes(f"2001:db8:1::{number + 1:x}"),
                           b"\x02\0\0\0\x09\2", frames.address_bytes(f"2001:db8:2::{7 * number + 1:x}"))

    def passes(self, side, flow, seconds):
        """Return true if a frame of the flow, sent on this side, arrives on the other side as it was."""
        flow = flow.back() if side else flow
        sent = flow.frame(flow.udp(9, b"on a core"))
        self.wires[side].send(sent)
        return self.wires[1 - side].receive(seconds) == sent

    def wait_counts(self, is_right, what):
        """Wait for a line that satisfies is_right(counts, those of the line before). Return its counts."""
        now = len(self.machine.lines)

        def look():
            lines = [read_counts(line) for line in self.machine.lines[now:] if COUNTS in line]
            return next((after for before, after in zip(lines, lines[1:]) if is_right(after, before)), None)

        return wait_for(look, self.seconds, what)

    def handle(self, flow, side):
        """Send frames of a flow, and return how many packets each agent has handled since the last call."""
        before = self.counted
        for _ in range(EACH):
            check(self.passes(side, flow, 10), "a frame is lost")
        # Lines may arrive late.
        self.counted = self.wait_counts(lambda counts, _: sum(counts) >= sum(before) + EACH, "counts of the frames")
        return [now - then for now, then in zip(self.counted, before)]

    def check_flows(self):
        """Each flow meets one core, which is the same in both directions. Both cores have flows."""
        met = []
        self.counted = self.wait_counts(lambda counts, before: counts == before and sum(counts) > 0, "steady counts")
        for number in range(FLOWS):
            flow = self.flow(number)
            there, back = self.handle(flow, 0), self.handle(flow, 1)
            check(sorted(there) == [0] * (AGENTS - 1) + [EACH], f"flow {number}: {there}")
            check(there == back, f"flow {number}: {there}, and {back} in the other direction")
            met.append(there.index(EACH))
        check(set(met) == set(range(AGENTS)), f"a core has no flow: {met}")


def read_counts(line):
    """Return the numbers in a line that the function has printed."""
    return [int(number) for number in line.split(COUNTS)[1].split()]
