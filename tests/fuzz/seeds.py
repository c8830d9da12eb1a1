#!/usr/bin/env python3
"""Write seeds for node_input.c: python3 seeds.py DIRECTORY

A seed is a first byte and a sequence of records as node_input.c reads them. The first word of its name selects the
first byte. The frames reach every branch of the node's input. Their checksums are correct; the control byte makes
node_input.c correct them again after a mutation.
"""
import ipaddress
import os
import struct
import sys

MAC = bytes.fromhex('020000000001')
PEER_MAC = bytes.fromhex('020000000002')
OWN, PEER, TENTATIVE = '2001:db8::1', '2001:db8::2', '2001:db8::3'
LINK_LOCAL, GATEWAY = 'fe80::ff:fe00:1', 'fe80::fe'
FIX, FIX_ADDRESSES, LARGE, SEND = 4, 8, 0x40, 0x80
STEP_SECOND, STEP_LONG = 2, 3


def address(text):
    return ipaddress.IPv6Address(text).packed


def solicited(text):
    return str(ipaddress.IPv6Address(bytes.fromhex('ff0200000000000000000001ff') + address(text)[13:]))


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def ipv6(source, destination, next_header, payload, hop_limit=64):
    header = struct.pack('!IHBB', 6 << 28, len(payload), next_header, hop_limit)
    return header + address(source) + address(destination) + payload


def frame(packet):
    destination = packet[24:40]
    mac = b'\x33\x33' + destination[12:] if destination[0] == 0xFF else MAC
    return mac + PEER_MAC + b'\x86\xdd' + packet


def icmpv6(source, destination, kind, code, body, hop_limit=64):
    message = struct.pack('!BBH', kind, code, 0) + body
    pseudo = address(source) + address(destination) + struct.pack('!II', len(message), 58)
    message = message[:2] + struct.pack('!H', checksum(pseudo + message)) + message[4:]
    return ipv6(source, destination, 58, message, hop_limit)


def echo(source, destination, size, kind=128, identifier=7, sequence=1):
    data = bytes(i % 256 for i in range(size))
    return icmpv6(source, destination, kind, 0, struct.pack('!HH', identifier, sequence) + data)


def udp(source, destination, port, data, source_port=4000):
    header = struct.pack('!HHHH', source_port, port, 8 + len(data), 0)
    pseudo = address(source) + address(destination) + struct.pack('!II', 8 + len(data), 17)
    value = checksum(pseudo + header + data) or 0xFFFF
    return ipv6(source, destination, 17, header[:6] + struct.pack('!H', value) + data)


def solicitation(source, target, to=None):
    option = b'' if source == '::' else b'\1\1' + PEER_MAC
    return icmpv6(source, to or solicited(target), 135, 0, b'\0' * 4 + address(target) + option, 255)


def advertisement(source, destination, target, flags):
    return icmpv6(source, destination, 136, 0, struct.pack('!I', flags) + address(target) + b'\2\1' + PEER_MAC, 255)


def mld(source, destination, kind, body):
    packet = icmpv6(source, destination, kind, 0, body, 1)
    return ipv6(source, destination, 0, b'\x3a\0\5\2\0\0\1\0' + packet[40:], 1)


def query(group, delay, sources=None):
    body = struct.pack('!HH', delay, 0) + address(group)
    if sources is not None:
        body += struct.pack('!BBH', 2, 125, len(sources)) + b''.join(address(source) for source in sources)
    return mld(GATEWAY, 'ff02::1' if group == '::' else group, 130, body)


def router_advertisement(options, lifetime=1800, flags=0, source='fe80::a1'):
    body = struct.pack('!BBHII', 32, flags, lifetime, 20000, 500)
    return icmpv6(source, 'ff02::1', 134, 0, body + options, 255)


def prefix(text, flags, valid, preferred, length=64):
    return struct.pack('!BBBBIII', 3, 4, length, flags, valid, preferred, 0) + address(text)


def route(text, length, flags, lifetime):
    return struct.pack('!BBBBI', 24, 3, length, flags, lifetime) + address(text)


def redirect(target, destination, options=b''):
    return icmpv6(GATEWAY, OWN, 137, 0, b'\0' * 4 + address(target) + address(destination) + options, 255)


def error(source, kind, code, quoted):
    return icmpv6(source, OWN, kind, code, b'\0' * 4 + quoted)


def behind(kind, header, packet):
    """Return the packet with an extension header inserted behind its IPv6 header."""
    header = packet[6:7] + header
    length = struct.pack('!H', len(packet) - 40 + len(header))
    return packet[:4] + length + bytes([kind]) + packet[7:40] + header + packet[40:]


def option(kind, packet, header=60):
    return behind(header, bytes([0, kind, 4, 1, 2, 3, 4]), packet)


def fragments(packet, *ends):
    """Yield the fragments of the packet that end at these offsets of its payload."""
    starts = (0,) + ends[:-1]
    for start, end in zip(starts, ends):
        more = 1 if end < len(packet) - 40 else 0
        header = struct.pack('!BHI', 0, start | more, 0x1234)
        yield behind(44, header, packet[:40] + packet[40 + start:40 + end])


def record(packet, control=FIX):
    data = frame(packet)
    return bytes([control]) + struct.pack('<H', len(data)) + data


RESOLVED = record(advertisement(PEER, OWN, PEER, 0x60000000), FIX | LARGE)
GATEWAY_RESOLVED = record(advertisement(GATEWAY, LINK_LOCAL, GATEWAY, 0xE0000000), FIX | LARGE)
REQUEST = echo(OWN, PEER, 16, identifier=0x5049)

SLLA, TLLA = b'\1\1' + PEER_MAC, b'\2\1' + PEER_MAC
MTU = struct.pack('!BBHI', 5, 1, 0, 1400)
DNS = struct.pack('!BBHI', 25, 3, 0, 600) + address('2001:db8::53')
SEARCH = struct.pack('!BBHI', 31, 3, 0, 600) + b'\7example\3com'.ljust(16, b'\0')
ALL_OPTIONS = SLLA + MTU + prefix('2001:db8:5::', 0xC0, 30, 10) + route('2001:db8:6::', 48, 8, 60) + DNS + SEARCH

# DHCPv6 (RFC 9915): messages of a server to the client of the node. The target sets the transaction-id.
CLIENT_DUID, SERVER_DUID = b'\0\3\0\1' + MAC, b'\0\3\0\1' + PEER_MAC


def dhcpv6_option(code, data):
    return struct.pack('!HH', code, len(data)) + data


def dhcpv6_address(text, preferred, valid, options=b''):
    return dhcpv6_option(5, address(text) + struct.pack('!II', preferred, valid) + options)


def dhcpv6_ia(t1, t2, options):
    return dhcpv6_option(3, struct.pack('!III', 1, t1, t2) + options)


def dhcpv6_pd(t1, t2, options):
    return dhcpv6_option(25, struct.pack('!III', 1, t1, t2) + options)


def dhcpv6_prefix(text, length, preferred, valid, options=b''):
    return dhcpv6_option(26, struct.pack('!IIB', preferred, valid, length) + address(text) + options)


def dhcpv6(kind, options, server=SERVER_DUID):
    message = bytes([kind, 0, 0, 0]) + dhcpv6_option(1, CLIENT_DUID) + dhcpv6_option(2, server) + options
    return udp('fe80::dd', LINK_LOCAL, 546, message, 547)


NO_BINDING = dhcpv6_option(13, b'\0\3why')
DHCPV6_DNS = (dhcpv6_option(23, address('2001:db8::53') * 2) + dhcpv6_option(24, b'\7example\3com\0\1a\0')
              + dhcpv6_option(32, b'\0\0\2\x58') + dhcpv6_option(82, b'\0\0\0\x3c') + dhcpv6_option(83, b'\0\0\0\x3c'))
LEASE = dhcpv6_ia(10, 20, dhcpv6_address('2001:db8:d::1', 30, 40, dhcpv6_option(13, b'\0\0'))
                  + dhcpv6_address('2001:db8:d::2', 90, 90))
DELEGATED = dhcpv6_pd(10, 20, dhcpv6_prefix('2001:db8:100::', 56, 30, 40, dhcpv6_option(13, b'\0\0'))
                      + dhcpv6_prefix('2001:db8:200::', 60, 0, 90) + dhcpv6_prefix('2001:db8:300::', 129, 9, 9))
ADVERTISED = record(dhcpv6(2, dhcpv6_option(7, b'\xff') + LEASE), FIX | STEP_SECOND)
BOUND = ADVERTISED + record(dhcpv6(7, LEASE + DHCPV6_DNS))

# First byte of the seeds whose name begins with the word.
HOW = {'early': b'\1', 'discover': b'\2', 'opaque': b'\6', 'auto': b'\x0a', 'stateless': b'\x18', 'stateful': b'\x28',
       'rapid': b'\x2c',
       'prefix': b'\xb8'}

SEEDS = {
    'auto_managed': record(router_advertisement(SLLA, flags=0x40)) + record(dhcpv6(7, DHCPV6_DNS), FIX | STEP_SECOND)
    + record(router_advertisement(SLLA, flags=0x80)) + BOUND,
    'stateless': record(dhcpv6(7, DHCPV6_DNS), FIX | STEP_SECOND) + record(echo(PEER, OWN, 8), FIX | STEP_LONG) * 20,
    'stateful': BOUND + record(dhcpv6(7, LEASE), FIX | STEP_LONG) + record(echo(PEER, OWN, 8), FIX | STEP_LONG) * 4,
    'stateful_no_binding': BOUND + record(dhcpv6(7, dhcpv6_ia(0, 0, NO_BINDING)), FIX | STEP_LONG)
    + record(dhcpv6(7, LEASE)),
    'stateful_declined': BOUND + record(solicitation('::', '2001:db8:d::1')) + record(dhcpv6(7, b''), FIX),
    'stateful_offers': record(dhcpv6(2, LEASE), FIX | STEP_SECOND)
    + record(dhcpv6(2, dhcpv6_option(7, b'\1') + LEASE, SERVER_DUID + b'2'))
    + record(dhcpv6(7, dhcpv6_option(13, b'\0\4') + LEASE, SERVER_DUID + b'2'), FIX | STEP_SECOND),
    'rapid': record(dhcpv6(7, dhcpv6_option(14, b'') + LEASE), FIX | STEP_SECOND) + record(dhcpv6(10, b'')),
    'prefix': record(dhcpv6(2, dhcpv6_option(7, b'\xff') + LEASE + DELEGATED), FIX | STEP_SECOND)
    + record(dhcpv6(7, LEASE + DELEGATED)) + record(dhcpv6(7, DELEGATED), FIX | STEP_LONG)
    + record(dhcpv6(7, LEASE + dhcpv6_pd(0, 0, NO_BINDING)), FIX | STEP_LONG) + record(dhcpv6(7, DELEGATED), FIX),
    'discover_all': record(router_advertisement(ALL_OPTIONS)) + record(echo('2001:db8:6::1', OWN, 8))
    + record(udp('2001:db8:7::1', OWN, 7, b'x'), FIX | STEP_LONG),
    'discover_lifetimes': record(router_advertisement(prefix('2001:db8:5::', 0xC0, 9000, 9000)))
    + record(router_advertisement(prefix('2001:db8:5::', 0xC0, 0, 0), 0), FIX | STEP_LONG),
    'discover_many': b''.join(record(router_advertisement(SLLA + prefix('2001:db8:%x::' % i, 0xC0, 50, 50)
                                                          + route('2001:db8:%x::' % i, 64, 0, 50),
                                                          source='fe80::%x' % i))
                              for i in range(0x10, 0x1c)),
    'discover_left': record(router_advertisement(SLLA))
    + record(advertisement('fe80::a1', OWN, 'fe80::a1', 0x60000000)),
    'opaque_conflict': record(router_advertisement(prefix('2001:db8:5::', 0xC0, 600, 600)))
    + record(solicitation('::', '2001:db8:5::1'), FIX | STEP_SECOND),
    'redirect_router': record(redirect('fe80::a2', '2001:db8:9::1', TLLA)) + record(echo('2001:db8:9::1', OWN, 8)),
    'redirect_neighbor': record(redirect('2001:db8:9::1', '2001:db8:9::1')) + record(echo('2001:db8:9::1', OWN, 8)),
    'echo': RESOLVED + record(echo(PEER, OWN, 56)),
    'echo_sizes': RESOLVED + b''.join(record(echo(PEER, OWN, size)) for size in (0, 1, 7, 63, 200)),
    'echo_all_nodes': RESOLVED + record(echo(PEER, 'ff02::1', 9)),
    'echo_unresolved': record(echo('2001:db8::77', OWN, 32), FIX | LARGE)
    + record(advertisement('2001:db8::77', OWN, '2001:db8::77', 0x60000000), FIX | LARGE),
    'echo_large_unresolved': record(echo('2001:db8::77', OWN, 1400), FIX | LARGE)
    + record(advertisement('2001:db8::77', OWN, '2001:db8::77', 0x60000000)) + record(echo(PEER, OWN, 3)),
    'echo_unanswered': record(echo('2001:db8::77', OWN, 32), FIX | LARGE)
    + record(echo('2001:db8::77', OWN, 33), FIX | LARGE) + record(echo(PEER, OWN, 3), FIX | STEP_LONG),
    'echo_gateway': record(echo('2001:db8:1::9', OWN, 32), FIX | LARGE) + GATEWAY_RESOLVED,
    'solicitation': record(solicitation(PEER, OWN), FIX | LARGE),
    'solicitation_unicast': record(solicitation(PEER, OWN, OWN)),
    'solicitation_bare': RESOLVED + record(icmpv6(PEER, OWN, 135, 0, b'\0' * 4 + address(OWN), 255)),
    'solicitation_link_local': record(solicitation('fe80::2', LINK_LOCAL)),
    'detection': record(solicitation('::', OWN), FIX | LARGE),
    'detection_tentative': record(solicitation('::', TENTATIVE), FIX | LARGE),
    'duplicate': record(advertisement(TENTATIVE, 'ff02::1', TENTATIVE, 0x20000000)),
    'advertisement_override': RESOLVED + record(advertisement(PEER, 'ff02::1', PEER, 0x20000000))
    + record(echo(PEER, OWN, 8)),
    'unreachability': RESOLVED + record(echo(PEER, OWN, 8), FIX | STEP_LONG)
    + record(echo(PEER, OWN, 8), FIX | STEP_SECOND) * 6,
    'udp_echo': RESOLVED + record(udp(PEER, OWN, 7, b'hello')),
    'udp_all_nodes': RESOLVED + record(udp(PEER, 'ff02::1', 7, b'hello')),
    'udp_silent': record(udp(PEER, OWN, 9, b'')),
    'udp_longer': RESOLVED + record(udp(PEER, OWN, 19, b'\x05\xac' + b'x' * 30), FIX | LARGE),
    'udp_shorter': RESOLVED + record(udp(PEER, OWN, 19, b'\0\1xyz')),
    'udp_too_long': RESOLVED + record(udp(PEER, OWN, 19, b'\xff\xff')),
    'udp_port_zero': RESOLVED + record(udp(PEER, OWN, 7, b'abc', 0)),
    'udp_closed': RESOLVED + record(udp(PEER, OWN, 4242, b'closed'), FIX | LARGE) * 12,
    'udp_closed_exact': RESOLVED + record(udp(PEER, OWN, 4242, b'c' * 90)),
    'udp_closed_large': RESOLVED + record(udp(PEER, OWN, 4242, b'c' * 1400)),
    'udp_send': RESOLVED + record(udp(PEER, OWN, 9, b'now you'), FIX | SEND)
    + record(udp(PEER, OWN, 9, b''), FIX | SEND),
    'udp_send_unresolved': record(udp('2001:db8::55', OWN, 9, b'a'), FIX | SEND) * 6,
    'next_header_unknown': RESOLVED + record(ipv6(PEER, OWN, 253, b'what is this'), FIX | LARGE),
    'next_header_none': record(ipv6(PEER, OWN, 59, b'')),
    'ping_reply': RESOLVED + record(echo(PEER, OWN, 16, 129, 0x5049, 1)) * 2,
    'ping_damaged': RESOLVED + record(echo(PEER, OWN, 15, 129, 0x5049, 1)),
    'ping_error': RESOLVED + record(error('2001:db8::fe', 1, 0, REQUEST)),
    'ping_time_exceeded': RESOLVED + record(error('2001:db8::fe', 3, 0, REQUEST)),
    'ping_too_big': RESOLVED + record(error('2001:db8::fe', 2, 0, REQUEST)),
    'udp_error': RESOLVED + record(error('2001:db8::fe', 1, 4, ipv6(OWN, PEER, 17, b'\0\x09\x10\x92\0\x0c\0\0text'))),
    'udp_error_fragment': record(error(PEER, 3, 1, ipv6(OWN, PEER, 44, b'\x11\0\0\1\0\0\0\7\0\x09\x10\x92\0\x0c'))),
    'udp_no_checksum': RESOLVED + record(ipv6(PEER, OWN, 17, b'\x10\x92\0\7\0\x0c\0\0text'), 0),
    'error_unknown': record(error(PEER, 100, 0, REQUEST)),
    'error_short': record(error(PEER, 1, 0, REQUEST[:20])),
    'short': RESOLVED + b''.join(record(icmpv6(PEER, OWN, kind, 0, b'\0' * size, 255))
                                 for kind in (1, 2, 3, 4, 128, 129, 135, 136) for size in (0, 3)),
    'short_upper': b''.join(record(ipv6(PEER, OWN, kind, b'\0' * size)) for kind in (17, 58) for size in (0, 1, 3, 7)),
    'quoted_short': RESOLVED + b''.join(record(error(PEER, 1, 0, REQUEST[:size])) for size in (39, 40, 44, 47)),
    'redirect': record(icmpv6('fe80::fe', OWN, 137, 0, b'\0' * 36, 255)),
    'early_duplicate': record(solicitation('::', LINK_LOCAL)) + record(echo(PEER, OWN, 8)),
    'early_duplicate_answered': record(advertisement(LINK_LOCAL, 'ff02::1', LINK_LOCAL, 0x20000000), FIX | LARGE)
    + record(solicitation('::', OWN), FIX | STEP_SECOND) + record(udp(PEER, 'ff02::1', 7, b'hello'), FIX | SEND),
    'early_global_duplicate': record(solicitation('::', OWN)) + record(echo('fe80::2', LINK_LOCAL, 8), FIX | STEP_LONG),
    'group': RESOLVED + record(udp(PEER, 'ff02::fb', 7, b'hello')) + record(udp(PEER, 'ff0e::e', 7, b'hello'))
    + record(udp(LINK_LOCAL, 'ff0e::e', 7, b'hello')) + record(udp(PEER, OWN, 9, b''), FIX | SEND),
    'query': record(query('::', 0, [])) + record(echo(PEER, OWN, 8), FIX | STEP_SECOND) * 2,
    'query_group': record(query('ff02::fb', 100, [])) + record(query('ff0e::e', 0x8001, []), FIX | STEP_SECOND)
    + record(query('::', 1000, []), FIX | STEP_LONG) + record(echo(PEER, OWN, 8), FIX | STEP_LONG),
    'query_sources': record(query('ff0e::e', 100, [PEER, OWN])) + record(query('ff02::fb', 10, [PEER] * 9))
    + record(query('ff02::fb', 10, [PEER, GATEWAY])) + record(query(solicited(OWN), 10, [PEER]))
    + record(echo(PEER, OWN, 8), FIX | STEP_SECOND) * 2,
    'query_v1': record(query('::', 1000)) + record(query('ff02::fb', 9999), FIX | STEP_SECOND)
    + record(mld('fe80::2', 'ff02::fb', 131, b'\0' * 4 + address('ff02::fb')))
    + record(query('::', 0, [])) + record(echo(PEER, OWN, 8), FIX | STEP_LONG) * 9 + record(query('::', 0, [])),
    'early_query': record(query('::', 0, [])) + record(query('::', 0), FIX | STEP_SECOND)
    + record(solicitation('::', OWN)) + record(query('::', 0), FIX | STEP_SECOND),
    'not_ours': record(echo(PEER, '2001:db8::99', 8)),
    'from_ourselves': record(echo(OWN, OWN, 8)) + record(udp(LINK_LOCAL, OWN, 7, b'me')),
    'many_neighbors': b''.join(record(solicitation('2001:db8::%x' % i, OWN), FIX | LARGE) for i in range(0x100, 0x118)),
    'options': RESOLVED + record(option(1, option(5, echo(PEER, OWN, 8), 0)), LARGE)
    + record(option(0x47, echo(PEER, OWN, 8)), LARGE) + record(option(0x87, echo(PEER, 'ff02::1', 8)), LARGE)
    + record(option(0xC7, udp(PEER, OWN, 7, b'x')), LARGE) + record(option(1, udp(PEER, OWN, 7, b'hello')), LARGE)
    + record(option(1, udp(PEER, OWN, 4242, b'closed'))),
    'routing': RESOLVED + record(behind(43, bytes([0, 33, 1]) + b'\0' * 4, echo(PEER, OWN, 8)), LARGE)
    + record(behind(43, bytes([0, 0, 0]) + b'\0' * 4, echo(PEER, OWN, 8)), LARGE),
    'fragments': RESOLVED + b''.join(record(part, LARGE) for part in fragments(echo(PEER, OWN, 100), 40, 80, 108)),
    'fragments_udp': RESOLVED
    + b''.join(record(part, LARGE) for part in reversed(list(fragments(udp(PEER, OWN, 7, b'x' * 90), 48, 98)))),
    'fragments_overlap': RESOLVED + b''.join(record(part, LARGE) for part in fragments(echo(PEER, OWN, 100), 40, 80))
    + b''.join(record(part, LARGE) for part in fragments(echo(PEER, OWN, 100), 48, 108)),
    'fragments_late': RESOLVED + record(next(fragments(echo(PEER, OWN, 100), 40, 108)), LARGE)
    + record(echo(PEER, OWN, 8), FIX | STEP_LONG) * 8,
    'fragment_atomic': RESOLVED + b''.join(record(part, LARGE) for part in fragments(echo(PEER, OWN, 20), 28)),
    'fragment_of_options': RESOLVED
    + b''.join(record(option(1, part), LARGE) for part in fragments(option(1, echo(PEER, OWN, 20)), 24, 36)),
    'fixed': record(echo(PEER, OWN, 8), FIX | FIX_ADDRESSES | 0x20)
    + record(udp(PEER, OWN, 7, b'x'), FIX | FIX_ADDRESSES | 0x10),
}


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    for name, data in SEEDS.items():
        with open(os.path.join(directory, name), 'wb') as file:
            file.write(HOW.get(name.split('_')[0], b'\0') + data)


main()
