"""MP3 at a constant bit rate, so that its length and its gapless header are known before the first sample is encoded.

A decoder learns from the LAME tag, which comes first, how many samples to drop at both ends; FFmpeg writes it last,
by going back. At a constant rate nothing in it depends on the sound: LAME's encoder delays by 576 samples, fills up
by at least as many, and pads frames in a fixed pattern (`lame_encode_flush` and `slot_lag` in libmp3lame). Layout of
the tag: Xing's header, and "Mp3 Info Tag rev 1" on gabriel.mp3-tech.org.
"""

from dataclasses import dataclass

FRAME = 1_152  # samples of an MPEG-1 layer III frame
DELAY = 576  # the encoder's; a decoder adds 529 of its own, and knows
BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
RATES = (44_100, 48_000, 32_000)
BYTES = 144  # of a frame, for 1 bit/s at 1 Hz


@dataclass(frozen=True, slots=True)
class Mp3:
    """What libmp3lame makes of `samples` samples at `bitrate` bits per second, before it is made.

    Only MPEG-1: 32, 44.1 or 48 kHz, 1 or 2 channels.
    """

    samples: int
    sample_rate: int
    channels: int
    bitrate: int

    @property
    def frames(self) -> int:
        """Frames of sound, without the one that holds the tag."""
        return -(-(self.samples + 2 * DELAY) // FRAME)

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        least, rest = divmod(BYTES * self.bitrate, self.sample_rate)
        padded = -(-(self.frames - 1) * rest // self.sample_rate)
        return (1 + self.frames) * least + padded

    def tag(self) -> bytes:
        """The frame of silence that holds the LAME tag: the file begins with it."""
        size = BYTES * self.bitrate // self.sample_rate
        mode, side = (
            (0xC0, 17) if self.channels == 1 else (0x40, 32)
        )  # mono or joint stereo; bytes of side information
        head = bytes(
            [
                0xFF,
                0xFB,
                BITRATES.index(self.bitrate // 1000) << 4 | RATES.index(self.sample_rate) << 2,
                mode | 4,
            ]
        )
        fill = self.frames * FRAME - self.samples - DELAY
        tag = b"".join(
            [
                head + bytes(side),
                b"Info" + (15).to_bytes(4, "big"),  # followed by frames, bytes, table of contents and quality
                self.frames.to_bytes(4, "big") + self.size.to_bytes(4, "big"),
                bytes(position * 256 // 100 for position in range(100)),
                bytes(4),
                b"Lavc-lame",  # decoders trust the delays of encoders that they know
                bytes([1, 0]),  # constant rate; no word on the low pass
                bytes(8),  # nor on loudness
                bytes([0, min(255, self.bitrate // 1000)]),
                (DELAY << 12 | fill).to_bytes(3, "big"),
                bytes(4),
                self.size.to_bytes(4, "big"),
                bytes(2),  # a check sum of the sound, which isn't known yet
            ]
        )
        return (tag + crc16(tag).to_bytes(2, "big")).ljust(size, b"\0")


def crc16(data: bytes) -> int:
    """CRC-16 with the reflected polynomial 0xA001, as the LAME tag has it."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
