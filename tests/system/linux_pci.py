#!/usr/bin/env python3
"""Test an example that drives a network card on Linux: a Debian kernel boots in QEMU and releases the card, by VFIO
with an IOMMU and by sysfs without one.

    linux_pci.py DIRECTORY     the directory of the program echo

Runs and reports as described in peer.py. "sh tests/packages.sh kernel" unpacks the kernel to build/kernel.
"""

import glob
import os
import re
import shutil
import socket
import sys
import threading
import time

from peer import ECHO_PORT, MTU, PING_MAX, Failure, Process, Program, Skip, Suite, Tap, check, must, run

QEMU = "qemu-system-x86_64"
CARD = "0000:01:00.0"
ABSENT = "0000:1f:00.0"
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KERNEL = os.path.join(TOP, "build", "kernel")
DISCARD_PORT = 9
MTU_MAX = 9706  # of a card
VMXNET3_MTU_MAX = 9000
BOOT = 120  # seconds that a start may take on a busy machine
MODULES = ("irqbypass", "vfio", "vfio_virqfd", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci")

suite = Suite("linux_pci", __doc__, os.cpu_count())

STARTED = "INIT STARTED"
BOOT_TRIES = 3

INIT = f"""#!/bin/busybox sh
echo {STARTED}
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in {' '.join(MODULES)}; do
    [ ! -f /modules/$module.ko ] || insmod /modules/$module.ko
done
cd /
. /script
echo SCRIPT ENDED
poweroff -f
"""

# Commands of root, after which the example runs as another user.
BIND = f"""
echo vfio-pci > /sys/bus/pci/devices/{CARD}/driver_override
echo {CARD} > /sys/bus/pci/drivers_probe
"""
GIVE = """
group=$(basename $(readlink /sys/bus/pci/devices/%s/iommu_group))
chown user /dev/vfio/$group
chmod 666 /dev/vfio/vfio
ulimit -l %d
"""


def kernel_files():
    """Return the kernel's file, and the directory of its modules."""
    images = glob.glob(f"{KERNEL}/boot/vmlinuz-*")
    if not images:
        raise Skip("the kernel to boot is missing: sh tests/packages.sh kernel")
    return images[0], glob.glob(f"{KERNEL}/lib/modules/*")[0]


def make_root(directory, script, example):
    """Write the initial file system of the machine, and return its file."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise Skip("busybox is missing: apt-get install busybox-static")
    root = os.path.join(directory, "root")
    for folder in ("bin", "etc", "modules"):
        os.makedirs(os.path.join(root, folder))
    shutil.copy(busybox, f"{root}/bin/busybox")
    program = os.path.join(Program.directory, example)
    shutil.copy(program, f"{root}/{example}")
    must("cc", "-O1", "-o", f"{root}/fill_memory", os.path.join(TOP, "tests", "system", "fill_memory.c"))
    for library in re.findall(r"(/\S+)", must("ldd", program)):
        os.makedirs(os.path.dirname(root + library), exist_ok=True)
        shutil.copy(library, root + library)
    modules = kernel_files()[1]
    for file in glob.glob(f"{modules}/**/*.ko", recursive=True):
        if os.path.basename(file)[:-3] in MODULES:
            shutil.copy(file, f"{root}/modules/")
    users = "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n"
    for name, text in (("init", INIT), ("script", script), ("etc/passwd", users)):
        with open(f"{root}/{name}", "w", encoding="ascii") as file:
            file.write(text)
    os.chmod(f"{root}/init", 0o755)
    file = os.path.join(directory, "root.cpio")
    must("sh", "-c", f"cd {root} && find . | {busybox} cpio -o -H newc > {file} 2>/dev/null")
    return file


def boot(tap, script, *arguments, iommu=True, memory=512, device="igb", example="echo", more=()):
    """Boot a machine with `memory` MiB and a card at the other end of the TAP interface. `more`: other options of
    QEMU."""
    if f'name "{device}"' not in run(QEMU, "-device", "help").stdout:
        raise Skip(f"this {QEMU} has no {device}: apt-get install -t bookworm-backports qemu-system-x86")
    directory = os.path.join(Program.recordings, f"linux-{tap.name}")
    os.makedirs(directory)
    root = make_root(directory, script, example)
    return start_kernel(
        QEMU, "-M", "q35,accel=tcg", "-cpu", "max", "-m", str(memory), "-display", "none", "-no-reboot",
        "-nodefaults", "-serial", "stdio", *(("-device", "intel-iommu") if iommu else ()),
        "-device", "pcie-root-port,id=root,bus=pcie.0",
        "-netdev", f"tap,id=net,ifname={tap.name},script=no,downscript=no",
        "-device", f"{device},bus=root,netdev=net,mac={tap.mac}", *more,
        "-kernel", kernel_files()[0], "-initrd", root, "-append",
        # On a busy machine timers are late, and the kernel would call them broken.
        " ".join(("console=ttyS0 quiet panic=-1 no_timer_check",
                  f"intel_iommu={'on' if iommu else 'off'}", *arguments)))


def start_kernel(*command):
    """Start the machine. Debian's kernel rarely stops on the way to its first process, before anything of this project
    runs: then start it again."""
    for attempt in range(1, BOOT_TRIES + 1):
        machine = Process(*command)
        try:
            machine.wait_line(STARTED, BOOT)
            return machine
        except Failure:
            if attempt == BOOT_TRIES or machine.process.poll() is not None:
                raise
            print(f"the kernel did not start within {BOOT} s: try again", file=sys.stderr)
            machine.stop()


def run_echo(tap, card=CARD, iommu=True, mtu=MTU):
    without = "" if iommu else "--pci-without-iommu"
    return f"/echo --pci {card} {without} --mtu {mtu} --no-secret --address {tap.node}/64"


def check_echo(tap, machine):
    machine.wait_line("listening on", BOOT)
    for address in (tap.link_local, tap.node):
        for size in (0, 1, 56, 1000, PING_MAX):
            output = tap.ping(address, "-c", "1", "-W", str(BOOT), "-s", str(size))
            check(" 1 received, 0% packet loss" in output, f"{size} bytes to {address}:\n{output}")
    output = tap.ping(tap.node, "-f", "-q", "-c", "2000", "-W", "20")
    check(" 2000 received, 0% packet loss" in output, output)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
        udp.settimeout(BOOT)
        udp.sendto(bytes(PING_MAX), (tap.node, ECHO_PORT))
        check(udp.recv(2048) == bytes(PING_MAX), "the datagram was changed")


def check_messages(messages, expected, lines):
    check(len(messages) == len(expected), f"{lines}")
    for line, text in zip(messages, expected):
        check(text in line, f'"{text}" is not in "{line}"')


def ended(machine):
    machine.wait_line("SCRIPT ENDED", BOOT)
    return machine.lines


@suite.test
def card_behind_an_iommu_serves_a_user_who_is_not_root():
    tap = Tap()
    machine = boot(tap, BIND + GIVE % (CARD, 65536) + f"su user -c '{run_echo(tap)}'")
    check_echo(tap, machine)


@suite.test
def card_without_iommu_serves_root():
    tap = Tap()
    machine = boot(tap, run_echo(tap, iommu=False), "hugepages=16", iommu=False)
    check_echo(tap, machine)


@suite.test
def vmxnet3_behind_an_iommu_serves_a_user_who_is_not_root():
    tap = Tap()
    machine = boot(tap, BIND + GIVE % (CARD, 65536) + f"su user -c '{run_echo(tap)}'", device="vmxnet3")
    check_echo(tap, machine)


@suite.test
def vmxnet3_without_iommu_serves_root():
    tap = Tap()
    machine = boot(tap, run_echo(tap, iommu=False), "hugepages=16", iommu=False, device="vmxnet3")
    check_echo(tap, machine)


def check_jumbo(tap, machine, lost_max, mtu=MTU_MAX):
    """Check the longest frames. Their buffers need more than one huge page."""
    must("ip", "link", "set", "dev", tap.name, "mtu", str(mtu))
    machine.wait_line("listening on", BOOT)
    for size in (56, 4096, 8900, mtu - 48):
        output = tap.ping(tap.node, "-M", "do", "-c", "1", "-W", str(BOOT), "-s", str(size))
        check(" 1 received, 0% packet loss" in output, f"{size} bytes:\n{output}")
    # More than the ring has buffers: each is used.
    output = tap.ping(tap.node, "-M", "do", "-f", "-q", "-c", "1000", "-W", "20", "-s", str(mtu - 48))
    received = re.search(r" (\d+) received,", output)
    check(received and int(received[1]) >= 1000 - lost_max, output)


@suite.test
def card_behind_an_iommu_receives_jumbo_frames():
    tap = Tap()
    machine = boot(tap, BIND + GIVE % (CARD, 65536) + f"su user -c '{run_echo(tap, mtu=MTU_MAX)}'", "hugepages=16")
    # QEMU's card sends no frame that is in two pages of the IOMMU. One buffer of 256 is.
    check_jumbo(tap, machine, 4)


@suite.test
def card_without_iommu_receives_jumbo_frames():
    tap = Tap()
    machine = boot(tap, run_echo(tap, iommu=False, mtu=MTU_MAX), "hugepages=16", iommu=False)
    check_jumbo(tap, machine, 0)


@suite.test
def vmxnet3_without_iommu_receives_jumbo_frames():
    tap = Tap()
    echo = run_echo(tap, iommu=False, mtu=VMXNET3_MTU_MAX)
    check_jumbo(tap, boot(tap, echo, "hugepages=16", iommu=False, device="vmxnet3"), 0, VMXNET3_MTU_MAX)


# Two programs on one card: the second is refused, until the first has ended in any way.
TWO_PROGRAMS = """
%s >/log 2>&1 &
first=$!
until grep -q 'listening on' /log; do sleep 0.1; done
%s
echo "the second ended with $?"
kill -KILL $first
wait $first 2>/dev/null
%s
"""


def check_two_programs(tap, machine):
    machine.wait_line("the second ended with", BOOT)
    machine.wait_line("listening on", BOOT)  # the third
    lines = machine.lines
    refused = [line for line in lines if line.startswith("echo: --pci: ")]
    check_messages(refused, ("another program has this device open; end that program, or use another device",), lines)
    check("the second ended with 2" in lines, f"{lines}")
    output = tap.ping(tap.node, "-c", "1", "-W", str(BOOT))
    check(" 1 received, 0% packet loss" in output, output)


@suite.test
def second_program_on_a_card_behind_an_iommu_is_refused():
    tap = Tap()
    echo = f"su user -c 'exec {run_echo(tap)}'"
    check_two_programs(tap, boot(tap, BIND + GIVE % (CARD, 65536) + TWO_PROGRAMS % (f"exec {echo}", echo, echo)))


@suite.test
def second_program_on_a_card_without_iommu_is_refused():
    tap = Tap()
    echo = run_echo(tap, iommu=False)
    check_two_programs(tap, boot(tap, TWO_PROGRAMS % (echo, echo, echo), "hugepages=16", iommu=False))


# A card that writes to memory of an ended program changes memory of the next one.
END_AND_FILL = f"""
run() {{
    %s >/log 2>&1 &
    until grep -q 'listening on' /log; do sleep 0.1; done
    sleep 1
    kill -$1 $!
    wait $! 2>/dev/null
    echo "ended by $1 with $?, command register $(od -An -tx2 -j4 -N2 /sys/bus/pci/devices/{CARD}/config)"
}}
run TERM
grep 'frames received' /log
run SEGV
echo 0 >/proc/sys/vm/nr_hugepages
/fill_memory 3
"""
MASTER = 0x4  # bus master enable, in the command register


class Flood:
    """Send datagrams to the node, whether it runs or not. A card that no program serves soon has no buffer left:
    therefore the flood can pause."""

    def __init__(self, tap):
        must("ip", "neighbor", "replace", tap.node, "lladdr", tap.mac, "dev", tap.name, "nud", "permanent")
        self.tap, self.ended, self.flows = tap, threading.Event(), threading.Event()
        self.flows.set()
        self.thread = threading.Thread(target=self.send, daemon=True)

    def send(self):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
            while not self.ended.wait(0.001):
                self.flows.wait()
                udp.sendto(bytes(1000), (self.tap.node, DISCARD_PORT))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.flows.set()
        self.thread.join()


@suite.test
def program_that_ends_without_an_iommu_stops_its_card():
    tap = Tap()
    machine = boot(tap, END_AND_FILL % run_echo(tap, iommu=False), "hugepages=16", iommu=False, memory=256)
    with Flood(tap) as flood:
        machine.wait_line("ended by SEGV", BOOT)
        flood.flows.clear()
        machine.wait_line("filled", BOOT)
        flood.flows.set()
        lines = ended(machine)
    ends = [re.match(r"ended by (\w+) with (\d+), command register +([0-9a-f]+)", line) for line in lines
            if line.startswith("ended by")]
    check([(end[1], end[2]) for end in ends] == [("TERM", "0"), ("SEGV", "139")], f"{lines}")
    received = [int(line.split()[0]) for line in lines if "frames received" in line]
    check(received and received[0] > 100, f"there was no flood: {lines}")
    check("changed 0 words" in lines, f"{lines}")
    for end in ends:
        check(int(end[3], 16) & MASTER == 0, f"after SIG{end[1]} the card is bus master: {lines}")


@suite.test
def missing_steps_with_an_iommu_are_named():
    tap = Tap()
    echo = run_echo(tap)
    lines = ended(boot(tap, f"""
{run_echo(tap, ABSENT)}
{echo}
{BIND}
su user -c '{echo}'
{GIVE % (CARD, 64)}
su user -c '{echo}'
"""))
    messages = [line for line in lines if line.startswith("echo: --pci: ")]
    expected = ("there is no PCI device at this address", "bind it to vfio-pci", "no permission", "ulimit -l")
    check_messages(messages, expected, lines)


@suite.test
def missing_steps_without_an_iommu_are_named():
    tap = Tap()
    echo = run_echo(tap, iommu=False)
    lines = ended(boot(tap, f"""
{run_echo(tap)}
{echo}
echo 8 > /proc/sys/vm/nr_hugepages
chmod 666 /sys/bus/pci/devices/{CARD}/config
su user -c '{echo}'
""", iommu=False))
    messages = [line for line in lines if line.startswith("echo: --pci: ")]
    expected = ("it can write to any memory, and continues to if the program is killed (SIGKILL); --pci-without-iommu",
                "huge pages and root", "no permission: run as root")
    check_messages(messages, expected, lines)


if __name__ == "__main__":
    sys.exit(suite.main())
