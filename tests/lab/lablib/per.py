# SPDX-License-Identifier: GPL-3.0-or-later
"""Just enough aligned PER (ITU-T X.691) to write H.225.0 and H.245 messages by hand."""

from __future__ import annotations


class Bits:
    """Collects bits; `octets` and `word` start on a whole octet, as aligned PER wants."""

    def __init__(self) -> None:
        self.bits: list[int] = []

    def put(self, value: int, count: int) -> Bits:
        """Append ``value`` as ``count`` bits."""
        self.bits += [(value >> place) & 1 for place in range(count - 1, -1, -1)]
        return self

    def flags(self, *values: bool | int) -> Bits:
        """Append single bits: extension marks, booleans and the map of optional fields."""
        for value in values:
            self.put(int(value), 1)
        return self

    def align(self) -> Bits:
        self.bits += [0] * (-len(self.bits) % 8)
        return self

    def octets(self, data: bytes) -> Bits:
        self.align()
        for octet in data:
            self.put(octet, 8)
        return self

    def word(self, value: int) -> Bits:
        """A constrained whole number with a range of 257 to 65,536: two aligned octets."""
        return self.octets(value.to_bytes(2, "big"))

    def sized(self, data: bytes) -> Bits:
        """An open type or object identifier: its length in one octet, then itself."""
        if len(data) > 127:
            raise ValueError("a longer field needs a two-octet length")
        return self.octets(bytes([len(data)]) + data)

    def data(self) -> bytes:
        padded = self.bits + [0] * (-len(self.bits) % 8)
        return bytes(int("".join(map(str, padded[at : at + 8])), 2) for at in range(0, len(padded), 8))
