"""Socket options that no common program uses, as the kernel sends them; record-protocols.sh runs both sides.

usage: odd-sockets.py serve | odd-sockets.py talk IPV4 IPV6
"""
import selectors
import socket
import struct
import sys
import time

ECHO, LITE = 7007, 7008
UDPLITE, UDPLITE_SEND_CSCOV, SO_NO_CHECK, TCP_MD5SIG, IPPROTO_MPTCP = 136, 10, 11, 14, 262
IPV6_HOPOPTS, IPV6_RTHDR, IPV6_DSTOPTS, IPV6_RTHDRDSTOPTS = 54, 57, 59, 55


def serve():
    """Echoes what comes by TCP, MPTCP, UDP and UDP-Lite."""
    wait = selectors.DefaultSelector()
    for family, host in (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"):
        for protocol, port in (0, ECHO), (UDPLITE, LITE):
            udp = socket.socket(family, socket.SOCK_DGRAM, protocol)
            if family == socket.AF_INET6:
                udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            udp.bind((host, port))
            wait.register(udp, selectors.EVENT_READ)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("0.0.0.0", ECHO))
    tcp.listen()
    wait.register(tcp, selectors.EVENT_READ)
    while True:
        for key, _ in wait.select():
            if key.fileobj is tcp:
                wait.register(tcp.accept()[0], selectors.EVENT_READ)
            elif key.fileobj.type == socket.SOCK_DGRAM:
                data, peer = key.fileobj.recvfrom(2000)
                key.fileobj.sendto(data, peer)
            elif data := key.fileobj.recv(2000):
                key.fileobj.send(data)
            else:
                wait.unregister(key.fileobj)
                key.fileobj.close()


def talk(ipv4, ipv6):
    def udp(family, address, port=ECHO, protocol=0, options=(), data=b"some odd bytes"):
        with socket.socket(family, socket.SOCK_DGRAM, protocol) as s:
            s.settimeout(0.5)
            for level, option, value in options:
                s.setsockopt(level, option, value)
            s.sendto(data, (address, port))
            try:
                s.recv(2000)
            except OSError:
                pass

    def tcp(protocol=0, options=()):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol) as s:
            s.settimeout(0.5)
            for level, option, value in options:
                s.setsockopt(level, option, value)
            try:
                s.connect((ipv4, ECHO))
                s.send(b"in order")
                s.recv(100)
                s.send(b"urgent!", socket.MSG_OOB)
                s.recv(100)
            except OSError:
                pass

    v4, v6 = socket.AF_INET, socket.AF_INET6
    ip, ip6, so = socket.IPPROTO_IP, socket.IPPROTO_IPV6, socket.SOL_SOCKET
    pad = struct.pack("BBBB4s", 0, 0, 1, 4, bytes(4))                       # PadN of 4 bytes, next header filled in
    long_pad = struct.pack("BBBB12s", 0, 1, 1, 12, bytes(12))
    tcp()
    tcp(IPPROTO_MPTCP)
    tcp(options=[(socket.IPPROTO_TCP, TCP_MD5SIG, struct.pack("HH4s120xBBHi80s", v4, 0, socket.inet_aton(ipv4),
                                                             0, 0, 3, 0, b"key"))])
    udp(v4, ipv4, options=[(so, SO_NO_CHECK, 1)])                           # no checksum
    udp(v4, ipv4, data=b"")                                                 # nothing in it, padded on a real wire
    udp(v4, ipv4, data=bytes(1472))                                         # fills a frame to 1514 bytes
    udp(v4, ipv4, options=[(ip, socket.IP_TTL, 1)])                         # time exceeded
    udp(v4, ipv4, options=[(ip, socket.IP_TOS, 0xB9)])                      # expedited forwarding, ECT(1)
    udp(v4, ipv4, options=[(ip, socket.IP_OPTIONS, bytes([148, 4, 0, 0]))]) # router alert
    udp(v4, ipv4, LITE, UDPLITE)
    udp(v4, ipv4, LITE, UDPLITE, [(UDPLITE, UDPLITE_SEND_CSCOV, 8)])        # covers only its header
    udp(v6, ipv6, LITE, UDPLITE)
    udp(v6, ipv6, options=[(ip6, IPV6_HOPOPTS, pad)])
    udp(v6, ipv6, options=[(ip6, IPV6_DSTOPTS, long_pad)])
    udp(v6, ipv6, options=[(ip6, IPV6_HOPOPTS, pad), (ip6, IPV6_DSTOPTS, pad)], data=bytes(3000))
    udp(v6, ipv6, options=[(ip6, IPV6_DSTOPTS, pad)], port=9)               # an error that quotes extension headers
    with socket.socket(v4, socket.SOCK_DGRAM) as s:
        s.setsockopt(so, socket.SO_BROADCAST, 1)
        s.sendto(b"all", ("255.255.255.255", 9))
        s.sendto(b"all here", ("10.20.0.255", 9))
        s.sendto(b"group", ("239.1.2.3", 9))
        s.setsockopt(ip, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.1.2.3") + bytes(4))    # IGMP
        time.sleep(0.3)
    with socket.socket(v6, socket.SOCK_DGRAM) as s:
        group = socket.inet_pton(v6, "ff15::1234")
        s.setsockopt(ip6, socket.IPV6_JOIN_GROUP, group + struct.pack("@I", socket.if_nametoindex("eth0")))     # MLD
        s.sendto(b"group", ("ff15::1234", 9))
        time.sleep(0.3)


if sys.argv[1:] == ["serve"]:
    serve()
elif len(sys.argv) == 4 and sys.argv[1] == "talk":
    talk(*sys.argv[2:])
else:
    sys.exit(__doc__)
