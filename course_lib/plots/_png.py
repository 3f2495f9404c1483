"""Write pictures as PNG, the format that every browser shows, as the address of an image."""

import struct
import zlib
from base64 import b64encode

import numpy as np
from numpy.typing import NDArray

GREY, PALETTE = 0, 3  # PNG's numbers for what a pixel is
PNG = b"\x89PNG\r\n\x1a\n"


def png(pixels: NDArray[np.uint8], palette: bytes = b"", opacity: bytes = b"") -> str:
    """A picture (rows, columns): of greys from 0 to 15, or of places in a palette of colours, of
    which each has an opacity.
    """
    height, width = pixels.shape
    if palette:
        depth, kind, rows = 8, PALETTE, pixels
    else:
        even = np.pad(pixels, ((0, 0), (0, width % 2)))
        depth, kind, rows = 4, GREY, (16 * even[:, ::2] + even[:, 1::2]).astype(np.uint8)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)),
        *([(b"PLTE", palette), (b"tRNS", opacity)] if palette else []),
        (b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 9)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    ]
    return f"data:image/png;base64,{b64encode(PNG + b''.join(chunks)).decode()}"
