#!/usr/bin/env python3
"""Test a network function on several cores of Linux: a Debian kernel boots in QEMU with two cores, and releases two
cards of several queues, by VFIO with an IOMMU and by sysfs without one.

    linux_cores.py DIRECTORY     the directory of the examples

Runs and reports as described in peer.py. "sh tests/packages.sh kernel" unpacks the kernel to build/kernel.
"""

import os
import socket
import sys

import frames
from linux_pci import BIND, BOOT, CARD, GIVE, MASTER, boot, check_messages, ended
from peer import Program, Suite, Tap, check, set_kernel, wait_for

FUNCTION = "nf_noop_1"
SECOND = "0000:02:00.0"  # the other card
AGENTS = 2
FLOWS = 8
EACH = 10  # frames of a flow, in each direction

suite = Suite("linux_cores", __doc__, os.cpu_count())


def silent_taps():
    taps = [Tap(), Tap()]
    for tap in taps:
        set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    return taps


def end_path(taps):
    """Return the path of the socket that is the second serial port."""
    return os.path.join(Program.recordings, f"end-{taps[0].name}")


def start(taps, script, *arguments, iommu=True, device="igb"):
    """Boot a machine with two cores, and a card on each of two TAP interfaces."""
    second = ("-serial", f"unix:{end_path(taps)},server=on,wait=off", "-smp", str(AGENTS),
              "-device", "pcie-root-port,id=root2,bus=pcie.0,chassis=2",
              "-netdev", f"tap,id=net2,ifname={taps[1].name},script=no,downscript=no",
              "-device", f"{device},bus=root2,netdev=net2,mac={taps[1].mac}")
    return boot(taps[0], script, *arguments, iommu=iommu, device=device, example=FUNCTION, more=second)


def function(cores, iommu=True):
    without = "" if iommu else "--pci-without-iommu"
    return f"/{FUNCTION} --pci {CARD} --pci {SECOND} {without} --cores {cores} --stats 1"


def bind(limit=65536):
    """Return the commands of root, after which another user runs the function."""
    return (BIND + BIND.replace(CARD, SECOND) + GIVE % (CARD, limit) + GIVE % (SECOND, limit))


# The test ends the function by a line on the second serial port.
RUN = f"""
%s >/log 2>&1 &
function=$!
tail -f /log &
until grep -q running /log; do sleep 0.1; done
read line </dev/ttyS1
kill -INT $function
wait $function
echo "ended with $?"
for card in {CARD} {SECOND}; do
    echo "command register $(od -An -tx2 -j4 -N2 /sys/bus/pci/devices/$card/config)"
done
"""


class Cores:
    """A function on two cores, between two wires."""

    def __init__(self, machine, taps):
        self.machine = machine
        self.wires = [frames.Wire(tap.name, frames.TYPE_IPV6) for tap in taps]
        machine.wait_line("noop: running", BOOT)
        # Frames are lost until the cards have their links.
        for side in (0, 1):
            wait_for(lambda: self.passes(side, self.flow(0), 0.2), BOOT, "a first frame")
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

    def counts(self):
        """Return the number of packets that each agent has handled, printed after this call."""
        now = len(self.machine.lines)

        def look():
            lines = [line for line in self.machine.lines[now:] if "packets of each agent:" in line]
            return lines[1] if len(lines) > 1 else None  # the first may be old

        line = wait_for(look, BOOT, "counts")
        return [int(number) for number in line.split(":")[2].split()]

    def handle(self, flow, side):
        """Send frames of a flow, and return how many packets each agent has handled of them."""
        before = self.counts()
        for _ in range(EACH):
            check(self.passes(side, flow, 10), "a frame is lost")
        return [now - then for now, then in zip(self.counts(), before)]


def check_cores(machine, taps):
    """Each flow meets one core, which is the same in both directions. Both cores have flows."""
    cores = Cores(machine, taps)
    met = []
    for number in range(FLOWS):
        flow = cores.flow(number)
        there, back = cores.handle(flow, 0), cores.handle(flow, 1)
        check(sorted(there) == [0] * (AGENTS - 1) + [EACH], f"flow {number}: {there}")
        check(there == back, f"flow {number}: {there}, and {back} in the other direction")
        met.append(there.index(EACH))
    check(set(met) == set(range(AGENTS)), f"a core has no flow: {met}")
    total = sum(cores.counts())
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(end_path(taps))
        end.sendall(b"\n")
        machine.wait_line("ended with", BOOT)
    lines = ended(machine)
    last = [line for line in lines if "packets of each agent:" in line][-1]
    check(sum(int(number) for number in last.split(":")[2].split()) == total, f"{last}, not {total}")
    check("ended with 0" in lines, f"{lines}")
    registers = [int(line.split()[-1], 16) for line in lines if line.startswith("command register")]
    check(len(registers) == 2 and not any(register & MASTER for register in registers), f"{lines}")


@suite.test
def each_core_has_flows_of_its_own_behind_an_iommu():
    taps = silent_taps()
    check_cores(start(taps, bind() + RUN % f"su user -c 'exec {function('0,1')}'"), taps)


@suite.test
def each_core_has_flows_of_its_own_without_an_iommu():
    taps = silent_taps()
    check_cores(start(taps, RUN % function("1,0", iommu=False), "hugepages=16", iommu=False), taps)


if __name__ == "__main__":
    sys.exit(suite.main())
