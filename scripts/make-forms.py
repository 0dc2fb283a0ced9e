#!/usr/bin/python3
"""Makes legal frames that no program at hand sends, by Scapy: tags, tunnels, options, fragments, errors of each kind.

usage: scripts/make-forms.py [output.pcap]      default: tests/captures/forms.pcap
Needs Debian's python3-scapy; run it by the system's python3. The same file comes out every time.
"""
import os
import random
import sys

from scapy.all import (
    AH, ARP, BOOTP, DHCP, DNS, DNSQR, ESP, Dot1AD, Dot1Q, Dot3, Ether, GRE, ICMP, ICMPv6DestUnreach, ICMPv6EchoReply,
    ICMPv6EchoRequest, ICMPv6MLReport, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6PacketTooBig,
    ICMPv6ParamProblem, ICMPv6TimeExceeded, IP, IPOption_LSRR, IPOption_NOP, IPOption_Router_Alert, IPOption_RR,
    IPOption_SSRR, IPOption_Timestamp, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, L2TP, LLC, NTP, PPP, PPPoE, PPPoED, PadN, Padding, RIP, RIPEntry, RTP, Raw, RouterAlert, SCTP,
    SCTPChunkCookieEcho, SCTPChunkData, SCTPChunkInit, SNAP, SNMP, SNMPget, SNMPvarbind, STP, TCP, TFTP, TFTP_RRQ,
    UDP, VXLAN, HSRP, ASN1_OID, Jumbo, SCTPChunkParamSupportedExtensions, IPerror, raw, wrpcap)
from scapy.contrib.igmp import IGMP
from scapy.contrib.lldp import LLDPDU, LLDPDUChassisID, LLDPDUEndOfLLDPDU, LLDPDUPortID, LLDPDUTimeToLive
from scapy.contrib.mpls import MPLS
from scapy.contrib.ospf import OSPF_Hdr, OSPF_Hello
from scapy.layers.inet import fragment
from scapy.layers.inet6 import fragment6
from scapy.layers.vrrp import VRRP

C, S = "10.30.0.2", "192.0.2.30"
C6, S6 = "fd00:30::2", "2001:db8:30::30"
C_MAC, S_MAC = "02:00:00:00:30:02", "02:00:00:00:30:0a"
frames = []


def out(packet, mac=S_MAC):
    """From the client."""
    frames.append(Ether(src=C_MAC, dst=mac) / packet)


def back(packet, mac=C_MAC):
    """From the server."""
    frames.append(Ether(src=S_MAC, dst=mac) / packet)


def c4(**fields):
    return IP(**{"src": C, "dst": S, "id": len(frames), **fields})


def s4(**fields):
    return IP(**{"src": S, "dst": C, "id": len(frames), **fields})


def c6(**fields):
    return IPv6(**{"src": C6, "dst": S6, **fields})


def s6(**fields):
    return IPv6(**{"src": S6, "dst": C6, **fields})


def flow(port, reply=7, data=b"question"):
    """UDP, there and back, so that a NAT knows it."""
    out(c4() / UDP(sport=port, dport=reply) / Raw(data))
    back(s4() / UDP(sport=reply, dport=port) / Raw(data))


def tagged():
    for tags in ([Dot1Q(vlan=42)], [Dot1Q(vlan=0, prio=6)], [Dot1AD(vlan=100), Dot1Q(vlan=42)],
                 [Dot1Q(vlan=1), Dot1Q(vlan=2)]):
        def tag(packet):
            for t in reversed(tags):
                packet = t.copy() / packet
            return packet
        out(tag(c4() / UDP(sport=2000, dport=7) / b"tagged"))
        back(tag(s4() / UDP(sport=7, dport=2000) / b"tagged"))
        out(tag(c4() / TCP(sport=2001, dport=80, flags="S", options=[("MSS", 1460)])))
        back(tag(s4() / TCP(sport=80, dport=2001, flags="SA", seq=9, ack=1)))
        out(tag(c4() / ICMP(id=2002) / b"tagged"))
        back(tag(s4() / ICMP(type=0, id=2002) / b"tagged"))
        out(tag(c6() / UDP(sport=2003, dport=7) / b"tagged"))
        back(tag(s6() / TCP(sport=80, dport=2003, flags="RA")))
        out(tag(ARP(psrc=C, pdst=S, hwsrc=C_MAC)))
        # An error that quotes a long packet, behind tags.
        quoted = IP(src=C, dst=S, id=1) / UDP(sport=2000, dport=7) / Raw(bytes(range(200)))
        back(tag(s4() / ICMP(type=3, code=3) / raw(quoted)))


def options():
    for option in ([IPOption_RR(length=23, routers=["0.0.0.0"] * 5)], [IPOption_Timestamp(flg=0, length=12)],
                   [IPOption_Router_Alert()], [IPOption_NOP()] * 4, [IPOption_LSRR(length=7, routers=["192.0.2.1"])],
                   [IPOption_SSRR(length=7, routers=["192.0.2.1"])],
                   [IPOption_RR(length=39, routers=["10.1.2.3"] * 9)]):
        out(c4(options=option) / UDP(sport=2100, dport=7) / b"options")
        back(s4(options=option) / UDP(sport=7, dport=2100) / b"odd")
        out(c4(options=option) / TCP(sport=2101, dport=80, flags="S"))
        back(s4(options=option) / TCP(sport=80, dport=2101, flags="SA", ack=1))
        out(c4(options=option) / ICMP(id=2102))
        back(s4(options=option) / ICMP(type=0, id=2102) / b"xyz")
        # The quoted header has options too.
        back(s4(options=option) / ICMP(type=11) / raw(c4(options=option) / UDP(sport=2100, dport=7) / b"options"))


def tcp():
    for flags in ("S", "SEC", "A", "PA", "PAU", "FA", "R", "RA", "FPU", "", "SF", "AEC"):
        out(c4() / TCP(sport=2200, dport=80, flags="S"))
        out(c4() / TCP(sport=2200, dport=80, flags=flags, urgptr=3 if "U" in flags else 0) / b"data!")
        back(s4() / TCP(sport=80, dport=2200, flags=flags, urgptr=3 if "U" in flags else 0) / b"more")
    for opts in ([("SAckOK", b""), ("MSS", 1460), ("WScale", 14), ("Timestamp", (1, 2))],
                 [("NOP", None), ("NOP", None), ("SAck", (1, 5, 9, 12))], [("NOP", None)] * 40, [("AltChkSum", (1, 0))],
                 [("TFO", (1, 2))], [("UTO", 5)]):
        out(c4() / TCP(sport=2201, dport=80, flags="S", options=opts))
        back(s4() / TCP(sport=80, dport=2201, flags="SA", ack=1, options=opts) / b"x")
    back(s4() / TCP(sport=80, dport=2202, flags="A") / b"nobody asked")


def udp():
    out(c4() / UDP(sport=2300, dport=7, chksum=0) / b"no checksum")
    back(s4() / UDP(sport=7, dport=2300, chksum=0) / b"no checksum")
    for data in (b"", b"1", b"odd", bytes(1472), b"\xff" * 1471):
        flow(2301, data=data, reply=7)
    # Sums that come close to zero, where ones' complement has two of it.
    for word in range(0, 0x10000, 0x0B00):
        out(c4(id=7) / UDP(sport=2302, dport=7) / word.to_bytes(2, "big"))
        back(s4(id=7) / UDP(sport=7, dport=2302) / word.to_bytes(2, "big"))
    for frame in (c4() / UDP(sport=2303, dport=7) / b"short"), (c4() / TCP(sport=2304, dport=80, flags="S")):
        out(frame / Padding(b"\xaa" * 18))
    back(s4() / UDP(sport=7, dport=2303) / b"s" / Padding(b"\x55" * 17))
    out(c4() / UDP(sport=2305, dport=7) / b"four more behind" / Padding(bytes(1474)))   # the longest frame with a tag
    # UDP that is shorter than IP says: what is behind is surplus (RFC 9868).
    out(c4() / UDP(sport=2306, dport=7, len=12) / b"fourandmore")
    frames[-1][UDP].chksum = None
    inner = raw(IP(src=C, dst=S) / UDP(sport=2306, dport=7) / b"four")
    frames[-1][UDP].chksum = int.from_bytes(inner[26:28], "big")


def errors():
    """Of each type and code, about packets of each kind, quoted in different lengths; there and back."""
    flow(2400)
    out(c4() / TCP(sport=2461, dport=80, flags="S"))
    back(s4() / TCP(sport=80, dport=2461, flags="SA", ack=1))
    out(c4() / ICMP(id=2402))
    back(s4() / ICMP(type=0, id=2402))
    sent = [IP(src=C, dst=S, id=5, ttl=1) / UDP(sport=2400, dport=7) / b"question",
            IP(src=C, dst=S, id=6, ttl=1) / UDP(sport=2400, dport=7, chksum=0) / b"question",
            IP(src=C, dst=S, id=7, ttl=1) / TCP(sport=2461, dport=80, flags="PA", seq=1) / bytes(range(256)),
            IP(src=C, dst=S, id=8, ttl=1) / ICMP(id=2402) / b"ping"]
    received = [IP(src=S, dst=C, id=9, ttl=1) / UDP(sport=7, dport=2400) / b"answer",
                IP(src=S, dst=C, id=10, ttl=1) / TCP(sport=80, dport=2461, flags="A") / bytes(1200),
                IP(src=S, dst=C, id=11, ttl=1) / ICMP(type=0, id=2402) / b"pong"]
    for kind, codes in (3, range(16)), (11, (0, 1)), (12, (0, 1, 2)):
        for code in codes:
            more = {"nexthopmtu": 1280} if (kind, code) == (3, 4) else {"ptr": 8} if (kind, code) == (12, 0) else {}
            about = sent[code % len(sent)]
            back(IP(src="203.0.113.9", dst=C, id=len(frames)) / ICMP(type=kind, code=code, **more) / raw(about)[:548])
            about = received[code % len(received)]
            out(c4() / ICMP(type=kind, code=code, **more) / raw(about)[:548])
    for about in sent:
        for quoted in (28, 29, 33, 36, 37, 38, 40, 41, 100):
            back(s4() / ICMP(type=3, code=1) / raw(about)[:quoted])
    for about in received:
        for quoted in (28, 36, 37, 45, 46, 128, 1228):
            out(c4() / ICMP(type=3, code=1) / raw(about)[:quoted])
    # With extensions (RFC 4884): the quotation padded to 128 bytes, its length in words, then an MPLS label stack.
    label = bytes.fromhex("2000 0000 0008 0101 0006 4140")
    checksum = 0xFFFF - sum(int.from_bytes(label[i:i + 2], "big") for i in range(0, 12, 2)) % 0xFFFF
    extension = label[:2] + checksum.to_bytes(2, "big") + label[4:]
    back(s4() / ICMP(type=11, length=32) / (raw(sent[2])[:128].ljust(128, b"\0") + extension))
    # About what nobody sent, other protocols, a later fragment, a redirect, source quench, mobile and router messages.
    for about in (IP(src=C, dst=S) / UDP(sport=9999, dport=1), IP(src=C, dst=S, proto=47) / b"12345678",
                  IP(src=C, dst=S, proto=17, frag=5) / b"12345678", IP(src=C, dst=S) / SCTP(sport=1, dport=2)):
        back(s4() / ICMP(type=3, code=1) / raw(about))
    back(s4() / ICMP(type=5, code=1, gw="192.0.2.1") / raw(sent[0])[:28])
    back(s4() / ICMP(type=4) / raw(sent[0])[:28])
    for kind in (9, 10, 13, 15, 17, 30, 40):
        out(c4() / ICMP(type=kind, id=2403))
    for kind in (14, 16, 18):
        back(s4() / ICMP(type=kind, id=2403))
    back(s4() / ICMP(type=0, id=2404) / b"unasked")
    back(s4() / ICMP(type=8, id=2404) / b"from outside")


def errors6():
    out(c6() / UDP(sport=2500, dport=7) / b"question")
    about = c6() / UDP(sport=2500, dport=7) / b"question"
    extended = c6() / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"1234")]) / UDP(sport=2500, dport=7) / b"question"
    for code in range(7):
        back(s6() / ICMPv6DestUnreach(code=code) / raw(about))
    back(s6() / ICMPv6PacketTooBig(mtu=1280) / raw(c6() / UDP(sport=2500, dport=7) / bytes(1400))[:1232])
    back(s6() / ICMPv6TimeExceeded(code=0) / raw(extended))
    back(s6() / ICMPv6TimeExceeded(code=1) / raw(c6(nh=44) / IPv6ExtHdrFragment(nh=17, m=1)
                                                 / UDP(sport=2500, dport=7, len=2000, chksum=1) / bytes(64)))
    back(s6() / ICMPv6ParamProblem(code=1, ptr=6) / raw(about))
    back(s6() / ICMPv6DestUnreach(code=4) / raw(about)[:48])
    back(s6() / ICMPv6DestUnreach(code=4) / raw(c6() / UDP(sport=1, dport=1)))
    out(c6() / ICMPv6EchoRequest(id=2501))
    back(s6() / ICMPv6EchoReply(id=2501))
    back(s6() / ICMPv6EchoReply(id=2502))
    out(IPv6(src="fe80::2", dst="ff02::1:ff00:30", hlim=255) / ICMPv6ND_NS(tgt="fe80::30"), "33:33:ff:00:00:30")
    back(IPv6(src="fe80::30", dst="fe80::2", hlim=255) / ICMPv6ND_NA(tgt="fe80::30"))
    back(IPv6(src="fe80::30", dst="ff02::1", hlim=255) / ICMPv6ND_RA(), "33:33:00:00:00:01")
    back(IPv6(src="fe80::30", dst=C6, hlim=255) / ICMPv6ND_Redirect(tgt="fe80::31", dst=S6))
    out(IPv6(src="fe80::2", dst="ff02::1:3", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()])
        / ICMPv6MLReport(mladdr="ff02::1:3"), "33:33:00:01:00:03")


def fragments():
    big = bytes(range(256)) * 12
    for packet, mac in ((c4(id=77) / UDP(sport=2600, dport=7) / big, out), (s4(id=78) / UDP(sport=7, dport=2600) / big, back),
                        (c4(id=79) / TCP(sport=2601, dport=80, flags="S") / big, out),
                        (c4(id=80) / ICMP(id=2602) / big, out), (c4(id=81, options=[IPOption_RR(length=11,
                        routers=["0.0.0.0"] * 2)]) / UDP(sport=2603, dport=7) / big, out)):
        parts = fragment(packet, fragsize=1400)
        for part in parts:
            mac(part)
        for part in reversed(parts):
            mac(part)
    for part in fragment(c4(id=82) / UDP(sport=2604, dport=7) / b"tiny fragments", fragsize=8):
        out(part)
    for packet, mac in ((c6() / IPv6ExtHdrFragment(id=7) / UDP(sport=2610, dport=7) / big, out),
                        (s6() / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"1234")]) / IPv6ExtHdrFragment(id=8)
                         / UDP(sport=7, dport=2610) / big, back)):
        parts = fragment6(packet, 1280)
        for part in parts + parts[::-1]:
            mac(part)
    out(c6() / IPv6ExtHdrFragment(id=9, offset=0, m=0) / UDP(sport=2611, dport=7) / b"whole (RFC 6946)")


def extensions():
    pad = [PadN(optdata=b"1234")]
    hop, dst, routing = IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting
    chains = [hop(options=pad), dst(options=pad), hop(options=pad) / dst(options=pad),
              hop(options=pad) / dst(options=pad) / routing(addresses=["2001:db8::1"], segleft=0) / dst(options=pad),
              routing(addresses=["2001:db8::1", "2001:db8::2"], segleft=0), dst(options=[PadN(optdata=bytes(200))]),
              hop(options=pad) / dst() / dst() / dst() / dst() / dst() / dst() / dst()]
    for chain in chains:
        out(c6() / chain.copy() / UDP(sport=2700, dport=7) / b"extended")
        back(s6() / chain.copy() / UDP(sport=7, dport=2700) / b"extended")
        out(c6() / chain.copy() / TCP(sport=2701, dport=80, flags="S"))
        back(s6() / chain.copy() / ICMPv6EchoRequest(id=5))
    out(c6(nh=59) / b"")                                            # no next header
    out(c6(nh=59) / b"and bytes behind")


def tunnels():
    inner = [c4() / UDP(sport=2800, dport=7) / b"inside", c4() / TCP(sport=2801, dport=80, flags="S"),
             c4() / ICMP(id=2802)]
    for i in inner:
        for outer, there in ((c4, out), (s4, back)):
            there(outer() / GRE() / i.copy())
            there(outer() / GRE(key_present=1, seqnum_present=1, chksum_present=1) / i.copy())
            there(outer() / i.copy())                              # IP in IP
            there(outer() / ESP(spi=1, seq=2, data=raw(i)))
            there(outer() / AH(spi=1, seq=2, icv=bytes(12), payloadlen=4, nh=4) / i.copy())
            there(outer() / UDP(sport=2803, dport=4789) / VXLAN(vni=7)
                  / Ether(src="02:00:00:00:00:91", dst="02:00:00:00:00:92") / i.copy())
            there(outer() / UDP(sport=4500, dport=4500, chksum=0) / ESP(spi=9, seq=2, data=raw(i)))
            there(PPPoE(sessionid=5) / PPP() / i.copy())
            there(MPLS(label=16, s=1, ttl=64) / i.copy())
    # An error inside a tunnel: to who looks outside it is the tunnel's packet.
    error = s4() / ICMP(type=3, code=3) / raw(c4() / UDP(sport=2800, dport=7))
    back(s4() / GRE() / error)
    back(s4() / UDP(sport=4789, dport=2803, chksum=0) / VXLAN(vni=7) / Ether(src=S_MAC, dst=C_MAC) / error)
    out(c4() / IPv6(src=C6, dst=S6) / UDP(sport=2804, dport=7) / b"6in4")
    out(c6() / c4() / UDP(sport=2805, dport=7) / b"4in6")
    out(c6() / c6() / UDP(sport=2806, dport=7) / b"6in6")
    out(c6() / AH(spi=1, seq=2, icv=bytes(12), payloadlen=4, nh=17) / UDP(sport=2807, dport=7) / b"signed")
    out(c6() / ESP(spi=1, seq=2, data=bytes(40)))
    out(c6() / GRE() / c4() / UDP(sport=2808, dport=7) / b"GRE over IPv6")
    flow(1701, reply=1701, data=raw(L2TP(hdr=["control", "length", "sequence"], version=2, len=12, tunnel_id=3, session_id=0)))
    out(PPPoED(code=0x09) / b"\x01\x01\x00\x00", "ff:ff:ff:ff:ff:ff")


def protocols():
    for ip, there in ((c4, out), (s4, back), (c6, out)):
        there(ip() / SCTP(sport=2900, dport=2901, tag=0) / SCTPChunkInit(init_tag=1, a_rwnd=1500, n_out_streams=1, n_in_streams=1, init_tsn=1))
        there(ip() / SCTP(sport=2900, dport=2901, tag=1) / SCTPChunkData(data=b"chunk", tsn=1, beginning=1, ending=1))
    out(c4(proto=136) / UDPlite(2902, 7, b"udplite"))
    out(c4(dst="224.0.0.5", ttl=1) / OSPF_Hdr() / OSPF_Hello(), "01:00:5e:00:00:05")
    out(c4(dst="224.0.0.18", ttl=255, proto=112) / VRRP(vrid=1, addrlist=["10.30.0.1"]), "01:00:5e:00:00:12")
    out(c4(dst="224.0.0.1", ttl=1, options=[IPOption_Router_Alert()]) / IGMP(type=0x11, gaddr="0.0.0.0"), "01:00:5e:00:00:01")
    out(c4(dst="239.1.1.1", ttl=1, options=[IPOption_Router_Alert()]) / IGMP(type=0x16, gaddr="239.1.1.1"), "01:00:5e:01:01:01")
    out(c4(dst="224.0.0.2") / UDP(sport=1985, dport=1985) / HSRP(), "01:00:5e:00:00:02")
    out(c4(dst="224.0.0.9") / UDP(sport=520, dport=520) / RIP(cmd=2, version=2) / RIPEntry(addr="10.0.0.0"), "01:00:5e:00:00:09")
    out(c4(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / BOOTP(chaddr=bytes(16), xid=7)
        / DHCP(options=[("message-type", "discover"), "end"]), "ff:ff:ff:ff:ff:ff")
    flow(2910, 53, raw(DNS(id=1, qd=DNSQR(qname="holdfast.test"))))
    flow(2911, 123, raw(NTP(version=4)))
    flow(2912, 161, raw(SNMP(PDU=SNMPget(id=3, varbindlist=[SNMPvarbind(oid=ASN1_OID("1.3.6.1.2.1.1.1.0"))]))))
    flow(2913, 69, raw(TFTP() / TFTP_RRQ(filename="f")))
    flow(2914, 5004, raw(RTP(sequence=1, timestamp=160, sourcesync=7)) + bytes(160))
    flow(2915, 5060, b"OPTIONS sip:a@192.0.2.30 SIP/2.0\r\nVia: SIP/2.0/UDP 10.30.0.2:2915;branch=z9hG4bK1\r\n"
                     b"From: <sip:b@10.30.0.2>;tag=1\r\nTo: <sip:a@192.0.2.30>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
                     b"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n")


def links():
    frames.append(Dot3(src=C_MAC, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3)
                  / STP(rootmac=C_MAC, bridgemac=C_MAC) / Padding(bytes(8)))
    frames.append(Dot3(src=C_MAC, dst="01:00:0c:cc:cc:cc") / LLC(dsap=0xAA, ssap=0xAA, ctrl=3)
                  / SNAP(OUI=0x00000C, code=0x2004) / b"\x01\x00\x01\x00\x05\x00")
    # IPv4 in SNAP: not behind an EtherType, so not IP to a bridge that looks for one.
    frames.append(Dot3(src=C_MAC, dst=S_MAC) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0, code=0x0800)
                  / c4() / UDP(sport=2950, dport=7) / b"snap")
    frames.append(Ether(src=C_MAC, dst="01:80:c2:00:00:0e") / LLDPDU() / LLDPDUChassisID(subtype=4, id=C_MAC)
                  / LLDPDUPortID(subtype=5, id="eth0") / LLDPDUTimeToLive(ttl=120) / LLDPDUEndOfLLDPDU())
    out(ARP(psrc=C, pdst=C, hwsrc=C_MAC) / Padding(bytes(18)), "ff:ff:ff:ff:ff:ff")
    out(ARP(op=2, psrc=C, pdst=C, hwsrc=C_MAC), "ff:ff:ff:ff:ff:ff")
    back(ARP(op=2, psrc=S, pdst=C, hwsrc=S_MAC, hwdst=C_MAC) / Padding(bytes(18)))
    frames.append(Ether(src=C_MAC, dst=S_MAC, type=0x88B5) / b"an experiment of ours")


def UDPlite(sport, dport, data):
    """Scapy 2.5 does not know it: like UDP, with the covered length (0: everything) in place of the length."""
    udp = bytearray(raw(UDP(sport=sport, dport=dport, len=0, chksum=0) / data))
    pseudo = raw(IP(src=C, dst=S))[12:20] + bytes([0, 136]) + len(udp).to_bytes(2, "big")
    words = pseudo + bytes(udp) + bytes(len(udp) % 2)
    total = sum(int.from_bytes(words[i:i + 2], "big") for i in range(0, len(words), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    udp[6:8] = (0xFFFF - total).to_bytes(2, "big")
    return Raw(bytes(udp))


random.seed(1)
for chapter in (tagged, options, tcp, udp, errors, errors6, fragments, extensions, tunnels, protocols, links):
    chapter()
for number, frame in enumerate(frames):
    frame.time = 1_767_225_600 + number / 1000
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
output = sys.argv[1] if len(sys.argv) > 1 else os.path.join(root, "tests", "captures", "forms.pcap")
wrpcap(output, frames, nano=True)
print(f"{output}: {len(frames)} frames")
