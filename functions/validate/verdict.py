"""The answer of Validate: what the picture is, what it is flagged for, what is to be made of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from darkroom.animation import open_animation
from darkroom.contracts import Upload, plain, reason
from darkroom.errors import ImageError
from darkroom.images import Reduced
from darkroom.keys import (
    MAX_KEY_BYTES,
    leads_out,
    moderation_key,
    rejected_preview_key,
    waiting_key,
)
from darkroom.likeness import Rejected
from darkroom.recipes import Recipe, recipe_name
from darkroom.storage import Fetched
from validate.batches import batches
from validate.captions import captions, metadata_text
from validate.flags import MAX_FLAGS, Flag, Subject, Thresholds, find_flags, reopened_flag
from validate.inspect import SMALL_PX, inspect
from validate.likeness import perceptual_hash
from validate.limits import Limits
from validate.placeholder import placeholder
from validate.plan import plan
from validate.rights import copyright_line

# On the shorter side: enough for Rekognition to see what a picture shows.
LOOK_PX = 1024
MAX_CAPTION = 500
CAPTION_NAMES = ("caption", "title", "description")


def accept(
    upload: Upload,
    fetched: Fetched,
    limits: Limits,
    thresholds: Thresholds,
    recipes: Mapping[str, Recipe],
    rejected: Callable[[str], Sequence[Rejected]],
    look: Callable[[Reduced], None] | None = None,
) -> dict[str, Any]:
    """The verdict on a picture that can be published or reviewed, as plain JSON.

    Raises ImageError where it cannot. `rejected` gives the rejected pictures near a likeness; it
    is asked only where the rule is on. `look`, where given, is shown the picture once it is
    accepted: upright, in sRGB, reduced to no less than LOOK_PX.
    """
    name = recipe_name(upload.image, dict(recipes))
    recipe = recipes[name]
    _check_key(upload, recipe)
    inspected = inspect(fetched.data, limits, LOOK_PX if look else SMALL_PX)
    small = inspected.small
    animation = open_animation(fetched.data) if inspected.frames > 1 else None
    frames = animation.count if animation else 1
    planned = plan(recipe, inspected.width, inspected.height, frames)
    if animation and planned.animated:
        deque(animation.frames, maxlen=0)  # each is decoded, or else refused
    pixels = inspected.width * inspected.height
    likeness = perceptual_hash(small.image, small.box)
    subject = Subject(
        image=upload.image,
        captions=captions(inspected.image, fetched.metadata),
        width=inspected.width,
        height=inspected.height,
        likeness=likeness,
        rejected=(
            _others(upload, rejected(likeness))
            if likeness is not None and thresholds.resembles_rejected_bits >= 0
            else ()
        ),
    )
    verdict: dict[str, Any] = plain(
        {
            "verdict": "accepted",
            "recipe": name,
            "source": source(
                upload,
                fetched,
                format=inspected.format,
                width=inspected.width,
                height=inspected.height,
                frames=frames if animation else None,
            ),
            "flags": _flags(upload, find_flags(subject, thresholds)),
            "likeness": likeness,
            "caption": _caption(fetched.metadata, captions(inspected.image, {})),
            "placeholder": placeholder(small.image, small.box),
            "renditions": batches("renditions", planned.renditions, pixels),
            "filters": batches("filters", planned.filters, pixels),
            "formats": recipe.formats,
            "quality": recipe.quality,
            "copyright": copyright_line(inspected.image) if "copyright" in recipe.keep else None,
        }
    )
    if look:
        look(small)
    return verdict


def refuse(
    upload: Upload, recipes: Mapping[str, Recipe], error: ImageError, fetched: Fetched | None = None
) -> dict[str, Any]:
    """The verdict on what is no acceptable picture: a reason for programs and for people."""
    verdict: dict[str, Any] = plain(
        {
            "verdict": "invalid",
            "recipe": recipe_name(upload.image, dict(recipes)),
            "source": source(upload, fetched),
            "reason": reason(error),
        }
    )
    return verdict


def source(upload: Upload, fetched: Fetched | None, **measured: Any) -> dict[str, Any]:
    if fetched is None:
        return {"key": upload.key}
    uploaded_at = fetched.uploaded_at.isoformat().replace("+00:00", "Z")
    return {"key": upload.key, "bytes": len(fetched.data), "uploaded_at": uploaded_at, **measured}


def _check_key(upload: Upload, recipe: Recipe) -> None:
    """Everything that is made gets a key of the image's name and more, and S3 has its limits."""
    if leads_out(upload.image):
        raise ImageError(
            "name_leads_out",
            "S3 takes no key with more .. than folders before them: upload it under another key",
        )
    keys = [
        waiting_key(upload.image, upload.version, variant.name, "avif")
        for variant in (*recipe.renditions, *recipe.filters)
    ]
    keys.append(moderation_key(upload.image, upload.version, upload.attempt))
    keys.append(rejected_preview_key(upload.image, upload.version))
    longest = max(len(key.encode()) for key in keys)
    if longest > MAX_KEY_BYTES:
        most = len(upload.image.encode()) - (longest - MAX_KEY_BYTES)
        raise ImageError(
            "name_too_long",
            f"the name has {len(upload.image.encode())} bytes, at most {most} are accepted: "
            "upload it under a shorter key",
            measured=len(upload.image.encode()),
            limit=most,
        )


def _others(upload: Upload, rejected: Sequence[Rejected]) -> list[Rejected]:
    """Without the picture itself, which may have been rejected in an earlier run."""
    own = (upload.image, upload.version)
    return [one for one in rejected if (one.image, one.version) != own]


def _flags(upload: Upload, found: Sequence[Flag]) -> list[Flag]:
    """At most MAX_FLAGS. What was flagged and decided about stays flagged, so that the decision
    counts even where the rules have changed since."""
    again = upload.reopened
    flags = [reopened_flag(again.by, again.reason or "")] if again else []
    flags += found
    rules = {flag.rule for flag in flags}
    flags += [Flag(one.rule, one.detail) for one in upload.flags if one.rule not in rules]
    return flags[:MAX_FLAGS]


def _caption(metadata: Mapping[str, str], own: Sequence[str]) -> str | None:
    """What the uploader says of it, for the reviewer; else what the picture says of itself, a line
    for each of its `own` texts. At most MAX_CAPTION characters."""
    said = (metadata_text(metadata.get(name, "")).strip() for name in CAPTION_NAMES)
    text = next(filter(None, said), "") or "\n".join(own)
    # Half of a surrogate pair can be put into an encoded word, and into no table.
    return text[:MAX_CAPTION].encode("utf-8", "replace").decode() or None
