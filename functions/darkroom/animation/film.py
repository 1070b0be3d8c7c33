"""Writing an animation with one frame in memory at a time."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from darkroom.animation import Animation
from darkroom.errors import ImageError

ALPHA = 0x10  # of a VP8X chunk's flags


class _Film(Image.Image):
    """What Pillow saves as a sequence: it seeks each frame in turn, and here it is made then.

    `durations_ms` grows as it does so; Pillow looks at each after its frame.
    """

    def __init__(self, animation: Animation) -> None:
        super().__init__()
        self._frames = animation.frames
        self.n_frames = animation.count
        self.durations_ms: list[float] = []
        self.had_alpha = False
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame < len(self.durations_ms):  # is there; or Pillow has done and goes back to it
            return
        shown = next(self._frames, None)
        if shown is None:
            raise ImageError("corrupt", f"expected {self.n_frames} frames, got {frame}")
        self.im = shown.image.im
        self._mode = shown.image.mode
        self._size = shown.image.size
        self.had_alpha |= shown.image.mode == "RGBA"
        self.durations_ms.append(shown.duration_ms)

    def tell(self) -> int:
        return 0


def write_webp(animation: Animation, **options: Any) -> bytes:
    """`animation` as WebP; `options` are Pillow's for it. Equal frames become one, which is shown
    for longer; where all are equal, a still.

    Raises ImageError.
    """
    film = _Film(animation)
    buffer = io.BytesIO()
    film.save(
        buffer,
        "WEBP",
        save_all=True,
        duration=film.durations_ms,
        loop=animation.plays,
        **options,
    )
    if film.had_alpha:
        _announce_alpha(buffer)
    return buffer.getvalue()


def _announce_alpha(webp: io.BytesIO) -> None:
    """libwebp forgets to where it could cut each frame to a part that is opaque; what is around
    that then is black to decoders.

    https://developers.google.com/speed/webp/docs/riff_container#extended_file_format
    """
    header = webp.getbuffer()
    if bytes(header[12:16]) == b"VP8X":
        header[20] |= ALPHA
