#!/usr/bin/env python3
"""Test a network function on several cores of Linux: a Debian kernel boots in QEMU with two cores, and releases two
cards of several queues, by VFIO with an IOMMU and by sysfs without one. A program for DPDK runs on one core.

    linux_cores.py DIRECTORY     the directory of the examples

Runs and reports as described in peer.py. "sh tests/packages.sh kernel" unpacks the kernel to build/kernel.
"""

import os
import socket
import sys

from cores import AGENTS, COUNTS, Cores, read_counts
from linux_pci import BIND, BOOT, CARD, GIVE, MASTER, boot, check_messages, ended
from peer import Program, Suite, Tap, check, set_kernel
from stations import BURST, Station, check_burst_passes, wait_for_link

FUNCTION = "nf_noop_1"
SECOND = "0000:02:00.0"  # the other card

suite = Suite("linux_cores", __doc__, os.cpu_count())


def silent_taps():
    taps = [Tap(), Tap()]
    for tap in taps:
        set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    return taps


def end_path(taps):
    """Return the path of the socket that is the second serial port."""
    return os.path.join(Program.recordings, f"end-{taps[0].name}")


def start(taps, script, *arguments, iommu=True, device="igb", example=FUNCTION):
    """Boot a machine with two cores, and a card on each of two TAP interfaces."""
    second = ("-serial", f"unix:{end_path(taps)},server=on,wait=off", "-smp", str(AGENTS),
              "-device", "pcie-root-port,id=root2,bus=pcie.0,chassis=2",
              "-netdev", f"tap,id=net2,ifname={taps[1].name},script=no,downscript=no",
              "-device", f"{device},bus=root2,netdev=net2,mac={taps[1].mac}")
    return boot(taps[0], script, *arguments, iommu=iommu, device=device, example=example, more=second)


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


def end_function(machine, taps):
    """Return the lines of the machine."""
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(end_path(taps))
        end.sendall(b"\n")
        machine.wait_line("ended with", BOOT)
    return ended(machine)


def check_stopped(lines):
    """Check that no card reaches memory any more."""
    registers = [int(line.split()[-1], 16) for line in lines if line.startswith("command register")]
    check(len(registers) == 2 and not any(register & MASTER for register in registers), f"{lines}")


def check_cores(machine, taps):
    cores = Cores(machine, taps, BOOT)
    cores.check_flows()
    total = sum(cores.counted)
    lines = end_function(machine, taps)
    last = read_counts([line for line in lines if COUNTS in line][-1])
    check(sum(last) == total, f"{last}, not {total} packets")
    check("ended with 0" in lines, f"{lines}")
    check_stopped(lines)


@suite.test
def each_core_has_flows_of_its_own_behind_an_iommu():
    taps = silent_taps()
    check_cores(start(taps, bind() + RUN % f"su user -c 'exec {function('0,1')}'"), taps)


@suite.test
def each_core_has_flows_of_its_own_without_an_iommu():
    taps = silent_taps()
    check_cores(start(taps, RUN % function("1,0", iommu=False), "hugepages=16", iommu=False), taps)


# A thread that crashes ends the process, by its signal, and no card goes on.
CRASH = f"""
%s >/log 2>&1 &
until grep -q running /log; do sleep 0.1; done
sleep 2
threads=$(ls /proc/$!/task)
kill -SEGV $(echo $threads | cut -d' ' -f 2)
wait $! 2>/dev/null
echo "ended with $? and $(echo $threads | wc -w) threads"
for card in {CARD} {SECOND}; do
    echo "command register $(od -An -tx2 -j4 -N2 /sys/bus/pci/devices/$card/config)"
done
"""


@suite.test
def thread_that_crashes_ends_the_program_and_its_cards():
    lines = ended(start(silent_taps(), CRASH % function("0,1", iommu=False), "hugepages=16", iommu=False))
    check("ended with 139 and 3 threads" in lines, f"{lines}")
    check_stopped(lines)


@suite.test
def program_for_dpdk_runs_on_rings():
    """The policer of examples/dpdk prints nothing before its end."""
    taps = silent_taps()
    policer = f"/dpdk_policer --no-huge -l 0 -a {CARD} --allow={SECOND} --pci-without-iommu"
    script = RUN.replace("until grep -q running /log; do sleep 0.1; done", "echo started") % policer
    machine = start(taps, script, "hugepages=16", iommu=False, example="dpdk_policer")
    machine.wait_line("started", BOOT)
    left, right = (Station(tap) for tap in taps)
    wait_for_link(left, right, 2, 1)
    wait_for_link(right, left, 1, 2)
    for first in range(1, 601, BURST):  # more than a turn of each ring
        check_burst_passes(left, right, 2, 1, first)
        check_burst_passes(right, left, 1, 2, first)
    lines = end_function(machine, taps)
    check("ended with 0" in lines, f"{lines}")
    check_stopped(lines)


@suite.test
def cores_that_cannot_be_used_are_named():
    """An 82574 has one queue."""
    lines = ended(start(silent_taps(), f"""
{function("0,7", iommu=False)}
{function("0,1", iommu=False)}
echo 0 >/sys/devices/system/cpu/cpu1/online
{function("0,1", iommu=False)}
""", "hugepages=16", iommu=False, device="e1000e"))
    messages = [line for line in lines if line.startswith("noop: ")]
    check_messages(messages, ("core 7: does not exist", f"{CARD}: has fewer queues than --cores names cores",
                              "core 1: may not be used by this process: it is off line"), lines)


if __name__ == "__main__":
    sys.exit(suite.main())
