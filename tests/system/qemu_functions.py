"""Test network functions on each board and card that they support: see qemu.py."""

import json
import shutil

import frames
from cores import Cores
from machines import BOOT, CARDS, PC, Networked
from matrix import for_each, test_of
from peer import PING_MAX, Namespace, Skip, Tap, check, must, run, set_kernel, wait_for
from stations import BURST, LINK, Station, check_burst_passes, check_passes, wait_for_link
from traffic import passed

WITH_FUNCTIONS = [card for card in CARDS.values() if card.bus == "pci" and not card.is_virtual]
OF_PC = [card for card in WITH_FUNCTIONS if card.board is PC]


def boot_function(image, card, *others):
    taps = [Tap(), Tap()]
    machine = Networked(image, card, taps, others=others)
    machine.wait_line(": running", len(taps) * BOOT)
    return [Station(tap) for tap in taps]


@for_each(OF_PC, "more")
def bridge_learns_stations(card):
    left, right = boot_function("nf_bridge_1.elf", card)
    wait_for_link(left, right, 2, 1)
    wait_for_link(right, left, 1, 2)
    for first in range(1, 1001, BURST):  # four turns of each ring
        check_burst_passes(left, right, 2, 1, first)
        check_burst_passes(right, left, 1, 2, first)
    left.send(1, 3, 5000)  # to a station on the same side
    check(right.receive(0.5) is None, "a frame was forwarded to the wrong card")
    check_passes(left, right, 99, 1, 5001)  # to an unknown station


@for_each(WITH_FUNCTIONS, "functions")
def noop_passes_everything(card):
    left, right = boot_function("nf_noop_1.elf", card)
    wait_for_link(left, right, 2, 1)
    wait_for_link(right, left, 1, 2)
    for first in range(1, 1001, BURST):
        check_burst_passes(left, right, first % 256, 1, first)
    check_passes(right, left, 1, 2, 7000)


@for_each([card for card in OF_PC if card.has_functions], "more")
def noop_passes_everything_to_a_card_of_another_kind(card):
    """Frames are copied, because the cards have no common ring."""
    other = CARDS["x86_64_virtio-pci" if card.nic == "igb" else "x86_64_igb"]
    left, right = boot_function("nf_noop_1.elf", card, other)
    wait_for_link(left, right, 2, 1)
    wait_for_link(right, left, 1, 2)
    for first in range(1, 1001, BURST):
        check_burst_passes(left, right, first % 256, 1, first)
        check_burst_passes(right, left, first % 256, 2, first)


@for_each(OF_PC, "more")
def nptv6_answers_by_the_card_that_a_packet_came_from(card):
    """From both sides, a packet without counterpart, more often than a ring has descriptors."""
    taps = [Tap(), Tap()]
    for tap in taps:
        set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    machine = Networked("nf_nptv6_1.elf", card, taps, "--inside", "fd01:203:405::/48", "--outside", "2001:db8:1::/48")
    machine.wait_line(": running", len(taps) * BOOT)
    wires = [frames.Wire(tap.name, frames.TYPE_IPV6) for tap in taps]
    flows = [frames.Flow(b"\x02\0\0\0\x09\1", frames.address_bytes(source), b"\x02\0\0\0\x09\2",
                         frames.address_bytes(to))
             for source, to in (("fd01:203:405:ffff::1", "2001:db8:2::1"), ("2001:db8:2::1", "2001:db8:1:ffff::1"))]

    def answer(number):
        flow = flows[number]
        wires[number].send(flow.frame(flow.udp(7, b"data"), frames.UDP))
        return wires[number].receive(0.2)

    for number, pointer in ((0, 8), (1, 24)):
        received = wait_for(lambda number=number: answer(number), LINK, "an answer")
        while wires[number].receive(0.5) is not None:  # answers of earlier ones
            pass
        flow = flows[number]
        check(received[:frames.HEADER] == flow.mac + flow.to_mac + b"\x86\xdd", f"{received}")
        check(received[22:54] == flow.to_address + flow.address, f"{received}")
        check(received[54:56] == b"\4\0" and received[58:62] == bytes([0, 0, 0, pointer]), f"{received}")
        check(wires[1 - number].receive(0.2) is None, "what was answered was forwarded, too")
    mapped = flows[0].but(address=frames.address_bytes("fd01:203:405:1::1234"))
    for number in range(600):  # of which few are answered: nothing is held up
        wires[0].send((mapped if number % 2 else flows[0]).frame(mapped.udp(7, bytes([number % 256])), frames.UDP))
        if number % 2:
            passed_one = wires[1].receive(3)
            check(passed_one is not None and passed_one[62] == number % 256, f"{number}: {passed_one}")


# The transmit unit of Intel's gigabit cards: TCTL, bit 1 of which turns it on (82576 data sheet, 8.12.1).
TRANSMIT_CONTROL, TRANSMIT_ENABLE = 0x400, 2
INTEL = 0x8086
DEVICES = {"igb": 0x10C9, "e1000e": 0x10D3}


class Fork:
    """A function that sends each frame of a card to both others. QEMU's cards go on sending without a link, but real
    ones stop: their transmit units are stopped from outside."""

    def __init__(self, card):
        self.taps = [Tap() for _ in range(3)]
        self.machine = Networked("nf_noop_2.elf", card, self.taps, with_test_access=True)
        self.machine.wait_line(": running", len(self.taps) * BOOT)
        self.stations = [Station(tap) for tap in self.taps]
        self.registers = self.machine.registers_of((INTEL, DEVICES[card.nic]))[0::self.regions(card)]
        self.sent = 0

    def regions(self, card):
        """Return the number of memory regions of a card: the first has its registers."""
        return len(self.machine.registers_of((INTEL, DEVICES[card.nic]))) // len(self.taps)

    def lose_link(self, number):
        self.machine.set_link(False, self.taps[number])
        self.machine.change(self.registers[number] + TRANSMIT_CONTROL, TRANSMIT_ENABLE, 0)

    def get_link(self, number):
        self.machine.change(self.registers[number] + TRANSMIT_CONTROL, TRANSMIT_ENABLE, TRANSMIT_ENABLE)
        self.machine.set_link(True, self.taps[number])

    def flood(self, sender, receivers, count):
        """Send frames, each after all receivers have the one before. The igb of QEMU 10 sets Descriptor Done twice when
        it receives a frame. If it is interrupted in between, it can overwrite the command of a frame: then that is not
        sent. This happens to one frame in some ten thousand."""
        lost = []
        for _ in range(count):
            self.sent += 1
            self.stations[sender].send(9, sender, self.sent)
            for receiver in receivers:
                received = self.stations[receiver].receive(3)
                check(received in (self.sent, None), f"sent {self.sent} from {sender}, {receiver} received {received}")
                lost += [self.sent] if received is None else []
        check(len(lost) < 3, f"lost {lost} from {sender} to {receivers}")

    def drain(self):
        """Forget frames that were received."""
        for station in self.stations:
            while station.receive(0.2) is not None:
                pass


@for_each([card for card in OF_PC if card.nic in DEVICES], "more")
def output_without_a_link_stops_no_other(card):
    """During a flood. It comes back by itself, and so does the ring from its card."""
    fork = Fork(card)
    for number in range(3):
        wait_for_link(fork.stations[number], fork.stations[(number + 1) % 3], 9, number)
    for dead in (2, 1):  # from card 0, these are the second and the first output
        alive = 3 - dead
        fork.drain()
        fork.flood(0, (alive, dead), 500)
        fork.lose_link(dead)
        fork.flood(0, [alive], 2000)
        fork.get_link(dead)
        wait_for_link(fork.stations[0], fork.stations[dead], 9, 0)
        wait_for_link(fork.stations[dead], fork.stations[0], 9, dead)
        fork.drain()
        for sender, receivers in ((0, (alive, dead)), (dead, (0, alive)), (alive, (0, dead))):
            fork.flood(sender, receivers, 500)


@test_of(CARDS["x86_64_igb"])
def each_core_has_flows_of_its_own():
    """On a PC with two cores, whose cards have a queue for each."""
    taps = [Tap(), Tap()]
    for tap in taps:
        set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    machine = Networked("nf_noop_1.elf", CARDS["x86_64_igb"], taps, "--cores", "2", "--stats", "1", more=("-smp", "2"))
    Cores(machine, taps, 2 * BOOT).check_flows()


@test_of(CARDS["x86_64_igb"])
def core_that_does_not_exist_is_named():
    machine = Networked("nf_noop_1.elf", CARDS["x86_64_igb"], [Tap(), Tap()], "--cores", "2")
    status = machine.end()
    check(status == 1 and machine.has("a core does not start: this board has fewer"), f"{status}: {machine.lines}")


SECONDS = 2  # duration of each transfer


def transfer(bridged, *options):
    """Send with iperf3 from one end of a bridge to the other, and return its result."""
    server = bridged.far.start("iperf3", "-s", "-1", "--forceflush")
    server.wait_line("Server listening", BOOT)
    done = run("iperf3", "-6", "-J", "-c", bridged.left.node, "-t", str(SECONDS), *options, timeout=BOOT + SECONDS)
    check(done.returncode == 0, f"iperf3 {' '.join(options)}: {done.stdout} {done.stderr}")
    result = json.loads(done.stdout)
    check("error" not in result, f"iperf3 {' '.join(options)}: {result}")
    server.wait()  # until it has released the port
    return result["end"]


class Bridged:
    """A bridge between the kernel in this namespace and that in another one."""

    def __init__(self, card):
        self.far = Namespace()
        self.left, self.right = Tap(), Tap()
        self.machine = Networked("nf_bridge_1.elf", card, [self.left, self.right])
        self.machine.wait_line(": running", 2 * BOOT)
        must("ip", "link", "set", self.right.name, "netns", self.far.pid)
        self.far.bring_up(self.right.name, f"{self.left.node}/64")
        wait_for(lambda: " 1 received" in self.ping("-W", "1"), BOOT, "an answer across the bridge")

    def ping(self, *options):
        return self.left.ping(self.left.node, "-c", "1", *options)

    def check_pings(self):
        for size in (0, PING_MAX):
            self.left.check_ping(self.left.node, size)
            output = self.far.run("ping", "-6", "-n", "-c", "1", "-W", "3", "-s", str(size), self.left.kernel).stdout
            check(" 1 received, 0% packet loss" in output, output)

    def passed(self):
        """Return the number of frames sent and received on the left, and on the right."""
        return passed((self.left, ()), (self.right, self.far.inside))


@for_each(OF_PC, "more")
def bridge_carries_tcp_and_udp(card):
    """Between two kernels, each in a namespace of its own. The bridge loses nothing. A UDP receiver loses datagrams if
    it does not get the CPU. QEMU's vmxnet3 loses a frame that finds no buffer; for other cards the TAP waits."""
    if not shutil.which("iperf3"):
        raise Skip("iperf3 is not installed")
    bridged = Bridged(card)
    before = bridged.passed()
    bridged.check_pings()
    for options in ((), ("-R",)):
        received = transfer(bridged, *options)["sum_received"]["bytes"]
        check(received > SECONDS * 1000000, f"only {received} bytes by TCP {options}")
    datagrams = transfer(bridged, "-u", "-b", "10M", "-l", "1400")["sum"]
    check(datagrams["packets"] > 1000 and datagrams["lost_percent"] < 20, f"{datagrams}")
    bridged.check_pings()
    left_sent, left_received, right_sent, right_received = (now - then for now, then in zip(bridged.passed(), before))
    is_whole = left_sent == right_received and right_sent == left_received
    check(is_whole or (card.device == "vmxnet3" and left_sent >= right_received and right_sent >= left_received),
          f"{left_sent} frames became {right_received}, and {right_sent} became {left_received}")
