"""One base for everything Darkroom raises itself."""


class DarkroomError(Exception):
    """Darkroom could not go on."""


class SettingError(DarkroomError):
    """A setting is missing or out of bounds."""


class RecipeError(DarkroomError):
    """A recipe says something that cannot be made."""


class ImageError(DarkroomError):
    """The bytes are no image that Darkroom accepts.

    ``code`` is for programs and stays stable; ``detail`` is for people;
    ``measured`` and ``limit`` are set where there is something to measure: a number, or a name.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        measured: float | str | None = None,
        limit: float | str | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.measured = measured
        self.limit = limit


def too_many_bytes(count: int, limit: int) -> ImageError:
    return ImageError(
        "too_many_bytes",
        f"the file has {count:,} bytes, at most {limit:,} are accepted: "
        "save it smaller or more strongly compressed",
        measured=count,
        limit=limit,
    )


class ObjectMissing(DarkroomError):
    """An S3 object that should be there is not."""
