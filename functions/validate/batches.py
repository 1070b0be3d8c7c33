"""Which variants are made together: one decoding is enough for many."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from validate.plan import Planned, PlannedFilter

# What one call makes at most, unless a single variant is larger: its masters are held until they
# are stored (64 MB).
MAX_BATCH_PIXELS = 16_000_000
# And how many: each may have to look at the whole source. At these bounds a call takes 9 s of a
# processor for the worst source (50 megapixels with alpha; Pillow 13.0, AMD EPYC), 15 s at 1024 MB
# on Lambda, where it may take 60 s.
MAX_BATCH_VARIANTS = 20
MAX_BATCH_READ_PIXELS = 400_000_000

Variant = Planned | PlannedFilter


class PlannedBatch(msgspec.Struct, frozen=True):
    """As `darkroom.contracts.Batch`."""

    name: str
    variants: tuple[Variant, ...]


def batches(step: str, planned: Iterable[Variant], source_pixels: int) -> tuple[PlannedBatch, ...]:
    """`planned` in its order, in as few batches as the bounds allow, each called `<step>-<number>`.
    What moves is alone: of it all frames are decoded, not the first."""
    most = max(1, min(MAX_BATCH_VARIANTS, MAX_BATCH_READ_PIXELS // source_pixels))
    found: list[list[Variant]] = []
    pixels = 0
    for variant in planned:
        own = variant.width * variant.height
        if not found or not _fits(variant, found[-1], pixels + own, most):
            found.append([])
            pixels = 0
        found[-1].append(variant)
        pixels += own
    return tuple(
        PlannedBatch(f"{step}-{number}", tuple(variants))
        for number, variants in enumerate(found, start=1)
    )


def _fits(variant: Variant, beside: list[Variant], pixels: int, most: int) -> bool:
    is_small = pixels <= MAX_BATCH_PIXELS and len(beside) < most
    return is_small and not _moves(variant) and not _moves(beside[-1])


def _moves(variant: Variant) -> bool:
    return isinstance(variant, Planned) and variant.animated is True
