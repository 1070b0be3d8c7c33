"""Where things lie in the three buckets. Other people's programs rely on these names."""

RAW_PREFIX = "raw/"
MASTERS_PREFIX = "masters/"
WAITING_PREFIX = "waiting/"
REJECTED_PREFIX = "rejected/"
MANIFEST_NAME = "manifest.json"
MODERATION_NAME = "moderation.jpg"

# S3 refuses a longer key: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
MAX_KEY_BYTES = 1024

EXTENSIONS = {"avif": "avif", "webp": "webp", "jpeg": "jpg", "png": "png"}
CONTENT_TYPES = {
    "avif": "image/avif",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


def leads_out(key: str) -> bool:
    """True where S3 refuses the key (400): read from the left, it has more `..` than folders.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    """
    depth = 0
    for segment in key.split("/"):
        depth += -1 if segment == ".." else segment not in ("", ".")
        if depth < 0:
            return True
    return False


def image_of(upload_key: str) -> str:
    """The image's name: the upload's key without ``raw/``, otherwise as it is."""
    return upload_key.removeprefix(RAW_PREFIX)


def published_key(image: str, version: str, variant: str, format: str) -> str:
    return f"{image}/{version}/{variant}.{EXTENSIONS[format]}"


def manifest_key(image: str) -> str:
    return f"{image}/{MANIFEST_NAME}"


def waiting_key(image: str, version: str, variant: str, format: str) -> str:
    """A file of a flagged image, until somebody has decided."""
    return WAITING_PREFIX + published_key(image, version, variant, format)


def rejected_preview_key(image: str, version: str) -> str:
    """One small rendition of a rejected picture, for whoever looks at the decision again."""
    return f"{REJECTED_PREFIX}{image}/{version}/preview"


def masters_key(image: str, version: str, attempt: str, batch: str) -> str:
    """The lossless intermediates of a batch, between Resize or Filter and Optimize. `attempt`:
    the execution of `process` that they are of, which removes its own and no other's."""
    return f"{MASTERS_PREFIX}{image}/{version}/{attempt}/{batch}"


def moderation_key(image: str, version: str, attempt: str) -> str:
    """A small JPEG for Rekognition, which reads neither WebP nor HEIC."""
    return masters_key(image, version, attempt, MODERATION_NAME)
