# SPDX-License-Identifier: GPL-3.0-or-later
"""The few H.323 messages that agree on second connections: Setup, Connect, OpenLogicalChannel and its Ack.

Written from the ASN.1 of H.225.0 and H.245: only what is mandatory, and the addresses that a firewall must follow.
"""

from __future__ import annotations

import ipaddress

from .per import Bits

PROTOCOL_H225_V2 = bytes.fromhex("0008914a0002")  # itu-t(0) recommendation(0) h(8) 2250 version(0) 2
SETUP, CONNECT = 0x05, 0x07
BEARER = bytes.fromhex("04038893a5")
CONFERENCE = bytes(range(16))


def tpkt(payload: bytes) -> bytes:
    """RFC 1006: the packet header in front of each Q.931 and H.245 message on TCP."""
    return b"\x03\x00" + (len(payload) + 4).to_bytes(2, "big") + payload


def setup(reference: int = 1) -> bytes:
    body = Bits()
    body.flags(0, 0)  # H323-UserInformation: not extended, no user-data
    body.flags(0, 0)  # H323-UU-PDU: not extended, no nonStandardData
    body.flags(0).put(0, 3)  # h323-message-body: setup
    body.flags(0).flags(*[0] * 7)  # Setup-UUIE: none of the seven optional fields
    body.sized(PROTOCOL_H225_V2)
    _terminal(body)  # sourceInfo
    body.flags(0)  # activeMC
    body.octets(CONFERENCE)
    body.flags(0).put(0, 2)  # conferenceGoal: create
    body.flags(0).put(0, 2)  # callType: pointToPoint
    return _q931(SETUP, reference, BEARER, body.data())


def connect(address: str, port: int, reference: int = 1) -> bytes:
    """The called side accepts and says where it waits for H.245."""
    body = Bits()
    body.flags(0, 0)  # H323-UserInformation
    body.flags(0, 0)  # H323-UU-PDU
    body.flags(0).put(2, 3)  # h323-message-body: connect
    body.flags(0, 1)  # Connect-UUIE: h245Address is there
    body.sized(PROTOCOL_H225_V2)
    parsed = ipaddress.ip_address(address)
    body.flags(0).put(0 if parsed.version == 4 else 3, 3)  # TransportAddress: ipAddress or ip6Address
    if parsed.version == 6:
        body.flags(0)
    body.octets(parsed.packed).word(port)
    _terminal(body)  # destinationInfo
    body.octets(CONFERENCE)
    return _q931(CONNECT, reference | 0x8000, b"", body.data())


def open_channel(number: int, address: str, control: int) -> bytes:
    """I want to send G.711 audio; my RTCP waits at ``address`` and ``control``."""
    channel = Bits()
    channel.flags(0).flags(0, 0, 0, 0, 1, 0, 0, 0, 0, 0)  # H2250LogicalChannelParameters: mediaControlChannel only
    channel.octets(b"\x01")  # sessionID 1: audio
    _channel_address(channel, address, control)
    body = Bits()
    body.flags(0).put(0, 2)  # MultimediaSystemControlMessage: request
    body.flags(0).put(3, 4)  # openLogicalChannel
    body.flags(0, 0).word(number - 1)
    body.flags(0, 0)  # forwardLogicalChannelParameters: no portNumber
    body.flags(0).put(3, 3)  # dataType: audioData
    body.flags(0).put(3, 4).octets(bytes([20 - 1]))  # g711Ulaw64k, 20 frames a packet
    body.flags(1).put(0, 7).sized(channel.data())  # multiplexParameters: the first extension, h2250
    return body.data()


def accept_channel(number: int, address: str, media: int, control: int) -> bytes:
    """Send your audio to ``address`` and ``media``; my RTCP waits at ``control``."""
    channel = Bits()
    channel.flags(0)  # forwardMultiplexAckParameters: its only choice takes no index bits
    channel.flags(0)  # H2250LogicalChannelAckParameters, with sessionID, mediaChannel and mediaControlChannel
    channel.flags(0, 1, 1, 1, 0)
    channel.put(1 - 1, 8)
    _channel_address(channel, address, media)
    _channel_address(channel, address, control)
    body = Bits()
    body.flags(0).put(1, 2)  # MultimediaSystemControlMessage: response
    body.flags(0).put(5, 5)  # openLogicalChannelAck
    body.flags(1, 0).word(number - 1)  # extended, no reverse channel
    body.put(2 - 1, 7).flags(0, 1)  # two extensions known: separateStack no, forwardMultiplexAckParameters yes
    body.sized(channel.data())
    return body.data()


def _terminal(body: Bits) -> None:
    """EndpointType of a plain terminal."""
    body.flags(0).flags(0, 0, 0, 0, 0, 1)  # of vendor, gatekeeper, gateway, mcu, terminal: only the last
    body.flags(0, 0)  # TerminalInfo: not extended, no nonStandardData
    body.flags(0, 0)  # mc, undefinedNode


def _channel_address(body: Bits, address: str, port: int) -> None:
    parsed = ipaddress.ip_address(address)
    body.flags(0).put(0, 1)  # H.245 TransportAddress: unicastAddress
    body.flags(0).put(0 if parsed.version == 4 else 2, 3)  # iPAddress or iP6Address
    body.flags(0)
    body.octets(parsed.packed).word(port)


def _q931(kind: int, reference: int, elements: bytes, user_user: bytes) -> bytes:
    head = bytes([0x08, 0x02]) + reference.to_bytes(2, "big") + bytes([kind]) + elements
    return head + b"\x7e" + (len(user_user) + 1).to_bytes(2, "big") + b"\x05" + user_user
