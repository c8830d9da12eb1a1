"""QEMU's boards as the files env/BOARD/qemu describe them, their network cards, and the images that run on them."""

import collections
import functools
import glob
import json
import os
import socket

from peer import Process, Program, Skip, run, wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOOT = 90  # seconds that a start may take on a busy machine
REQUESTS = 100000


class Board:
    """A machine of QEMU with the start-up code and the preset of that name. env/x86_64/qemu explains its file."""

    def __init__(self, name):
        self.name = name
        with open(os.path.join(TOP, "env", name, "qemu"), encoding="ascii") as file:
            lines = [line.split() for line in file if not line.startswith("#")]
        words = {word: rest for word, *rest in lines}
        self.qemu, self.package = words["command"]
        self.options = words["options"]
        self.cpu, self.plain_cpu = words.get("cpu", (None, None))
        self.starts = words.get("starts", ())
        self.is_doubled = words.get("status") == ["doubled"]
        self.requests = int(words.get("requests", [REQUESTS])[0])
        functions = words.get("functions", ())
        self.cards = [Card(self, nic[0] in functions, *nic) for word, *nic in lines if word == "nic"]

    def __str__(self):
        return self.name

    @functools.lru_cache
    def devices(self):
        """Return QEMU's list of devices."""
        try:
            return run(self.qemu, "-device", "help").stdout
        except FileNotFoundError:
            raise Skip(f"{self.qemu} is missing: {self.install()}") from None

    def install(self):
        return f"apt-get install -t bookworm-backports {self.package}"

    def image(self, name):
        """The path of an example of this build, of a test, or of any image by its absolute path."""
        is_test = name.startswith(("selftest", "checksums", "vlans"))
        path = os.path.join(Program.directory, self.name, "tests" if is_test else "examples", name)
        if not os.path.exists(path):
            raise Skip(f"{path} is missing: cmake --preset {self} && cmake --build --preset {self}")
        return os.path.relpath(path)  # a command line may begin with it, and end at a space

    def status_of(self, status):
        """Return the exit status of the program, from that of QEMU."""
        return (status - 1) / 2 if self.is_doubled else status


class Card:
    """A NIC in a board: QEMU's device, its properties, and the options of a program that runs on it."""

    def __init__(self, board, has_functions, nic, bus, device, *options):
        self.board, self.nic, self.bus, self.options = board, nic, bus, options
        self.has_functions = has_functions  # network functions run on its rings; on others, as ports
        self.device, *self.properties = device.split(",")
        self.is_virtual = "--virtual" in options

    def __str__(self):
        return f"{self.board}_{self.nic}"

    def check_device(self):
        # A device that is soldered on is a part of the machine.
        if self.bus != "board" and f'name "{self.device}"' not in self.board.devices():
            raise Skip(f"this {self.board.qemu} has no {self.device}: {self.board.install()}")

    def hardware(self, tap, number, far):
        """Return QEMU's options for card `number` on a TAP interface. `far`: behind bridges."""
        end = f"tap,id=net-{tap.name},ifname={tap.name},script=no,downscript=no"
        if self.bus == "board":
            return ["-nic", f"{end},model={self.device},mac={tap.mac}"]
        # The virtual functions of an igb are 16 slots further: two cards need space between them.
        slot = ["bus=far" if far else f"addr={2 * number + 4}"] if self.bus == "pci" else []
        properties = ",".join([self.device, f"netdev=net-{tap.name}", f"mac={tap.mac}", *slot, *self.properties])
        return ["-netdev", end, "-device", properties]


def boards():
    """Return all boards. The PC, which has most of the tests, is first, so that the run ends earlier."""
    names = [os.path.basename(os.path.dirname(path)) for path in glob.glob(os.path.join(TOP, "env", "*", "qemu"))]
    return [Board(name) for name in sorted(names, key=lambda name: (name != "x86_64", name))]


BOARDS = boards()
PC = BOARDS[0]
PC.cards.append(Card(PC, False, "virtio-pci-in-order", "pci",
                     "virtio-net-pci,in_order=on,event_idx=off,rx_queue_size=1024,host_mtu=1500"))
CARDS = {str(card): card for board in BOARDS for card in board.cards}


class Machine(Process):
    """A board that boots an image, with options of QEMU and of the program."""

    def __init__(self, board, image, hardware, *options, cpu=None, start=None):
        board.devices()
        self.board = board
        cpu = cpu or board.cpu
        cpu = ("-cpu", cpu) if cpu else ()
        start = ("-machine", start) if start else ()
        # It ends with the thread that started it, even if that is killed.
        super().__init__("setpriv", "--pdeathsig", "KILL", board.qemu, *board.options, *start, *cpu,
                         "-display", "none", "-no-reboot", "-nodefaults", "-serial", "stdio", *hardware,
                         "-kernel", board.image(image), "-append", " ".join(options))

    def end(self):
        """Wait for the end, and return the exit status of the program."""
        return self.board.status_of(self.wait(BOOT))


# A bus behind two bridges, one of which has another device on its other side.
BRIDGES = ("-device", "pcie-root-port,id=near,chassis=1", "-device", "x3130-upstream,id=switch,bus=near",
           "-device", "xio3130-downstream,id=other,bus=switch,chassis=2", "-device", "e1000,bus=other",
           "-device", "xio3130-downstream,id=far,bus=switch,chassis=3")


# A device with so much memory that the firmware of a PC assigns all base addresses of 64 bits above 4 GiB.
LARGE_DEVICE = ("-device", "pci-testdev,membar=256G")


class Networked(Machine):
    """A machine with a card on each TAP interface. `far`: the cards are behind bridges. `more`: other options of QEMU.
    `others`: cards of other kinds, on the second interface and those that follow. `with_test_access`: change() writes
    to registers of the cards."""

    def __init__(self, image, card, taps, *options, far=False, start=None, more=(), others=(), with_test_access=False):
        card.check_device()
        self.access_path = os.path.join(Program.recordings, f"access-{taps[0].name}")
        if with_test_access:
            more = (*more, "-qtest", f"unix:{self.access_path},server=on,wait=off", "-qtest-log", "none")
        self.monitor_path = os.path.join(Program.recordings, f"monitor-{taps[0].name}")
        hardware = ["-qmp", f"unix:{self.monitor_path},server=on,wait=off", *(BRIDGES if far else ()), *more]
        for number, tap in enumerate(taps):
            hardware += (card, *others, *[card] * len(taps))[number].hardware(tap, number, far)
        self.first_net = f"net-{taps[0].name}"
        super().__init__(card.board, image, hardware, *card.options, *options, start=start)

    def counters(self):
        """Return counters printed after this call, by (who counted, name): 0 for one that is not printed. The program
        needs --stats."""
        now = len(self.lines)

        def look():
            lines = self.lines[now:]
            starts = [number for number, line in enumerate(lines) if line == "the node counted:"]
            # The first output may be old, and the last may be incomplete.
            return lines[starts[1]:starts[2]] if len(starts) > 2 else None

        counters = collections.Counter()
        for line in wait_for(look, BOOT, "counters"):
            if line.endswith(" counted:"):
                who = line.split()[1]
            elif line.startswith("  "):
                number, what = line.split(None, 1)
                counters.setdefault((who, what), int(number))  # "bytes of them" is printed twice: keep those received
        return counters

    def command(self, what, **arguments):
        """Let QEMU execute a command, and return its result."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(BOOT)
            monitor.connect(self.monitor_path)
            file = monitor.makefile("rw")
            file.readline()
            for command in ({"execute": "qmp_capabilities"}, {"execute": what, "arguments": arguments}):
                file.write(json.dumps(command) + "\n")
                file.flush()
                answer = {}
                while "return" not in answer:
                    answer = json.loads(file.readline())
            return answer["return"]

    def set_link(self, up, tap=None):
        """Unplug the cable of a card, or plug it in. Without `tap`: of the first card."""
        self.command("set_link", name=f"net-{tap.name}" if tap else self.first_net, up=up)

    def change(self, address, mask, value):
        """Change bits of the device's register at this address, while the program runs."""
        with socket.socket(socket.AF_UNIX) as access:
            access.settimeout(BOOT)
            access.connect(self.access_path)
            file = access.makefile("rw")

            def ask(question):
                file.write(question + "\n")
                file.flush()
                answer = file.readline().split()
                while answer[:1] != ["OK"]:
                    answer = file.readline().split()
                return answer

            before = int(ask(f"readl {address:#x}")[1], 16)
            ask(f"writel {address:#x} {before & ~mask | value:#x}")

    def registers_of(self, numbers):
        """Return the addresses of the memory of PCI functions with this vendor and device, also behind bridges."""
        found = []
        buses = self.command("query-pci")
        for bus in buses:  # grows
            for device in bus["devices"]:
                if "pci_bridge" in device:
                    buses.append({"devices": device["pci_bridge"].get("devices", ())})
                if (device["id"]["vendor"], device["id"]["device"]) == numbers:
                    found += [region["address"] for region in device["regions"] if region["type"] == "memory"]
        return found


def make_virtual(tap):
    """Set the addresses of a node on a virtual function in `tap`: one bit of the MAC address differs."""
    tap.link_local = tap.link_local.replace("fe80::", "fe80::400:")
    tap.mac = f"06{tap.mac[2:]}"
