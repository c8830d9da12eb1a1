"""A crowd on a link: thousands of hosts that ping one node, and attackers that scan its prefix and flood it with
Neighbor Solicitations. One packet socket sends and receives for all of them."""

import errno
import random
import select
import socket
import struct
import subprocess
import time

import frames

PACKET_STATISTICS = 6  # linux/if_packet.h
ICMP6_FILTER = 1  # linux/icmpv6.h
RECEIVE_BUFFER = 64 << 20  # bytes: all frames of a round
QUEUE = 65536  # frames that an interface can hold: all of a round
IDENTIFIER = 0x2000
LATE = 0.5  # seconds until a solicitation is answered, or until all requests of a round have been sent
BETWEEN = 8  # requests between two looks at what has arrived


class Host:
    """A host that pings the node. `solicits`: it first asks for the Ethernet address of the node."""

    def __init__(self, flow, solicits=False):
        self.flow = flow
        self.solicits = solicits
        self.sequence = 0
        self.resolutions = 0  # solicitations for it by multicast: the node did not know it
        self.probes = 0  # by unicast: the node asks whether it is still there (RFC 4861, 7.3)


class Result:
    """What was counted in one phase."""

    columns = ("requests", "lost", "dropped", "attackers", "unanswered", "resolved", "probed", "s")

    def __init__(self, name):
        self.name = name
        self.requests, self.lost = 0, 0  # Echo Requests, and those without a reply
        self.dropped = 0  # frames, by the link
        self.attackers, self.unanswered = 0, 0  # that solicit the node, and those without an advertisement
        self.resolved, self.probed = 0, 0  # solicitations for hosts, by multicast and by unicast
        self.s = 0.0  # seconds

    @classmethod
    def head(cls):
        return f"{'':30}" + "".join(f"{column:>11}" for column in cls.columns)

    def row(self):
        return f"{self.name:30}" + "".join(f"{round(getattr(self, column), 1):>11}" for column in self.columns)


def key_of(reply):
    """Return all of an Echo Reply but its flow label and its hop limit, which the node chooses."""
    return reply[:14] + reply[18:21] + reply[22:]


class Crowd:
    """Hosts and attackers on `link`, which has the `name` of an interface, `mac` and `node`: the addresses of the node,
    `gateway`: another address on the link, and `drops()`: the number of frames that it has dropped. `patience`: seconds
    without a reply until the missing ones are lost."""

    def __init__(self, link, patience):
        self.link, self.patience = link, patience
        self.node_mac, self.node = frames.mac_bytes(link.mac), frames.address_bytes(link.node)
        self.prefix = self.node[:8]
        self.random = random.Random(2000)
        self.socket = frames.Wire(link.name, frames.TYPE_IPV6).socket
        self.enlarge(self.socket)
        self.socket.setblocking(False)
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)
        self.socket_drops = 0
        self.addresses = set()  # of all hosts
        self.on_link = {}  # address: host that answers solicitations
        self.unanswered = {}  # key of a reply: host
        self.soliciting = {}  # Ethernet and IPv6 address: host that waits for an advertisement before it pings
        self.unadvertised = set()  # the same of attackers that wait for one
        self.wrong = []  # replies that no one has asked for, or that differ
        self.results = []
        self.result = Result("")
        self.late = []  # answers to solicitations, not yet sent
        self.late_since = 0.0
        self.is_sending = False  # the requests of a round
        self.progress = 0.0  # time of the last reply
        self.looked = 0.0  # time of the last look at what has arrived
        self.longest_stall = 0.0  # seconds in which this process did not look

    @staticmethod
    def enlarge(receiver):
        try:
            receiver.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), RECEIVE_BUFFER)
        except PermissionError:  # not root: frames may be dropped, which is counted
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    # -- Stations ------------------------------------------------------------------------------------------------------

    def flow(self, kind, prefix=None, mac=None):
        """Return the flow from a random address to the node."""
        mac = mac or bytes([2, kind]) + self.random.randbytes(4)
        return frames.Flow(mac, (prefix or self.prefix) + self.random.randbytes(8), self.node_mac, self.node)

    def new_hosts(self, count):
        """Return new hosts. Every other one solicits the node first."""
        hosts = [Host(self.flow(1), i % 2 == 0) for i in range(count)]
        self.on_link.update((host.flow.address, host) for host in hosts)
        self.addresses.update(self.on_link)
        return hosts

    def new_hosts_behind(self, router, count):
        """Return new hosts off the link. The node never learns an Ethernet address of theirs."""
        prefixes = (frames.address_bytes(f"2001:db8:{i:x}::")[:8] for i in range(count))
        hosts = [Host(self.flow(1, prefix, router.flow.mac)) for prefix in prefixes]
        self.addresses.update(host.flow.address for host in hosts)
        return hosts

    def prepare(self, hosts):
        """Make it possible for new hosts to ping."""

    def new_gateway(self):
        """Return a host that others are behind."""
        address = frames.address_bytes(self.link.gateway)
        gateway = Host(self.flow(1).but(address=address), solicits=True)
        self.on_link[address] = gateway
        self.addresses.add(address)
        return gateway

    def attack(self):
        """Return a frame of the scan and one of the flood: from two invented hosts that never answer."""
        scan, flood = self.flow(2), self.flow(3)
        return (scan.frame(scan.echo(frames.ECHO_REQUEST, 1, 1)), flood.solicitation(), flood.mac + flood.address)

    # -- Frames --------------------------------------------------------------------------------------------------------

    def send(self, frame):
        while True:
            try:
                self.socket.send(frame)
                return
            except OSError as error:  # a buffer or the queue of the interface is full: the frame was not sent
                if not isinstance(error, BlockingIOError) and error.errno != errno.ENOBUFS:
                    raise
            self.look(0.01)

    def send_request(self, host, request):
        self.send(request)

    def ping(self, host):
        host.sequence += 1
        request, reply = host.flow.request_and_reply(IDENTIFIER, host.sequence, host.flow.address[8:])
        self.unanswered[key_of(reply)] = host
        self.send_request(host, request)

    def begin(self, host):
        """Let a host ping the node, or solicit it first."""
        self.result.requests += 1
        if host.solicits:
            host.solicits = False
            self.soliciting[host.flow.mac + host.flow.address] = host
            self.send(host.flow.solicitation())
        else:
            self.ping(host)

    def answer(self, host, solicitor):
        """Answer a solicitation for the host, a little later."""
        if not self.late:
            self.late_since = time.monotonic()
        self.late.append(host.flow.but(to_address=solicitor).advertisement())

    def send_answers(self):
        answers, self.late = self.late, []
        for frame in answers:
            self.send(frame)

    def handle_solicitation(self, frame):
        host = self.on_link.get(frame[62:78])
        if host is None:
            return  # for an attacker, or for an address of the node
        if frame[0] & 1:
            host.resolutions += 1
            self.result.resolved += 1
        else:
            host.probes += 1
            self.result.probed += 1
        self.answer(host, frame[22:38])

    def handle_advertisement(self, frame):
        station = frame[:6] + frame[38:54]
        host = self.soliciting.pop(station, None)
        if host is not None:
            self.progress = time.monotonic()
            self.ping(host)
        if station in self.unadvertised:
            self.progress = time.monotonic()
            self.unadvertised.remove(station)

    def handle_reply(self, frame):
        if self.unanswered.pop(key_of(frame), None) is not None:
            self.progress = time.monotonic()
        elif frame[38:54] in self.addresses:
            self.wrong.append(frame)

    def handle(self, frame):
        if frame[frames.NEXT_HEADER] != frames.ICMPV6:
            return
        kind = frame[frames.ICMPV6_TYPE]
        if kind == frames.ECHO_REPLY:
            self.handle_reply(frame)
        elif kind == frames.NEIGHBOR_SOLICITATION:
            self.handle_solicitation(frame)
        elif kind == frames.NEIGHBOR_ADVERTISEMENT:
            self.handle_advertisement(frame)

    def look(self, seconds=0.0):
        """Handle what has arrived. Wait some time if nothing has."""
        self.longest_stall = max(self.longest_stall, time.monotonic() - self.looked)
        if seconds > 0:
            self.poll.poll(seconds * 1000)
        try:
            while True:
                self.handle(self.socket.recv(2048))
        except BlockingIOError:
            pass
        self.looked = time.monotonic()
        if self.late and (not self.is_sending or self.looked - self.late_since > LATE):
            self.send_answers()

    # -- Phases --------------------------------------------------------------------------------------------------------

    def dropped(self):
        """Return the number of frames that the link has dropped until now."""
        statistics = self.socket.getsockopt(frames.SOL_PACKET, PACKET_STATISTICS, 8)
        self.socket_drops += struct.unpack("=II", statistics)[1]  # since the last look
        return self.socket_drops + self.link.drops()

    def wait(self, is_done):
        """Handle what arrives until is_done(). End if no reply arrives for a time, which is shorter the next time."""
        self.progress = time.monotonic()
        while not is_done() and time.monotonic() - self.progress < self.patience:
            self.look(0.05)
        if not is_done():
            self.patience = min(self.patience, 1)

    def wait_for_probes(self, hosts, seconds):
        """Handle what arrives until the node has probed each of the hosts. End after some seconds."""
        self.pause()
        end = time.monotonic() + seconds
        while any(host.probes == 0 for host in hosts) and time.monotonic() < end:
            self.look(0.05)

    def pause(self):
        """Do not count the time since the last look as a stall."""
        self.looked = time.monotonic()

    def phase(self, name, hosts, rounds=1, attackers=0):
        """Let all hosts ping at once, some rounds. The requests of a round are sent without waiting for a reply. Some
        attackers follow each of them, with a frame of the scan and one of the flood."""
        result = self.result = Result(name)
        self.results.append(result)
        attacks = [self.attack() for _ in range(len(hosts) * rounds * attackers)]
        dropped, began = self.dropped(), time.monotonic()
        self.pause()
        for _ in range(rounds):
            self.is_sending = True
            for number, host in enumerate(hosts):
                self.begin(host)
                for _ in range(attackers):
                    scan, flood, station = attacks.pop()
                    self.unadvertised.add(station)
                    self.send(scan)
                    self.send(flood)
                    result.attackers += 1
                if number % BETWEEN == 0:
                    self.look()
            self.is_sending = False
            self.wait(lambda: not (self.unanswered or self.soliciting or self.unadvertised))
            result.lost += len(self.unanswered) + len(self.soliciting)
            result.unanswered += len(self.unadvertised)
            for missing in (self.unanswered, self.soliciting, self.unadvertised):
                missing.clear()
        result.s = time.monotonic() - began
        result.dropped = self.dropped() - dropped
        return result


class KernelCrowd(Crowd):
    """The same, but the hosts are addresses of the interface: the kernel sends their requests, and answers for them."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.mac = self.socket.getsockname()[4]
        self.raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        self.raw.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, b"\xff" * 32)  # receive nothing
        self.index = socket.if_nametoindex(self.link.name)

    def new_hosts(self, count):
        """Return new hosts. None of them solicits the node."""
        hosts = [Host(self.flow(1, mac=self.mac)) for _ in range(count)]
        self.on_link.update((host.flow.address, host) for host in hosts)
        self.addresses.update(self.on_link)
        return hosts

    def prepare(self, hosts):
        """Give the interface the addresses of new hosts. Let the kernel learn the Ethernet address of the node."""
        lines = "".join(f"address add {socket.inet_ntop(socket.AF_INET6, host.flow.address)}/64 dev {self.link.name} "
                        "nodad\n" for host in hosts)
        done = subprocess.run(["ip", "-batch", "-"], input=lines, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"ip -batch: {done.stderr}")
        self.pause()
        self.result = Result("preparation")
        self.begin(Host(self.flow(1, mac=self.mac).but(address=frames.address_bytes(self.link.gateway))))
        self.wait(lambda: not self.unanswered)
        self.unanswered.clear()

    def send_request(self, host, request):
        source = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, host.flow.address + struct.pack("=I", self.index))
        self.raw.sendmsg([request[frames.ICMPV6_TYPE:]], [source], 0, (self.link.node, 0))

    def answer(self, host, solicitor):
        """The kernel has answered."""
