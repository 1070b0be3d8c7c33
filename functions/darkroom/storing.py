"""Storing files while the next ones are made.

S3 takes some tens of milliseconds for a file, in which the processor is free. botocore's clients
may be shared by threads, as long as nobody changes them meanwhile:
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

from darkroom.storage import store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A file is encoded in about the time that S3 takes for one. So many are kept in memory at most, and
# each has a connection: botocore keeps ten.
AT_ONCE = 4


class Files:
    """What is being stored, and what has been."""

    def __init__(self, client: S3Client, threads: ThreadPoolExecutor) -> None:
        self._client = client
        self._threads = threads
        self._begun: list[Future[None]] = []

    def put(self, bucket: str, key: str, data: bytes, format: str) -> None:
        """Begin to store a file, as `darkroom.storage.store` does.

        Waits while AT_ONCE others are under way. Raises what storing an earlier one raised, so
        that nothing more is made in vain.
        """
        under_way = [one for one in self._begun if not one.done()]
        if len(under_way) >= AT_ONCE:
            wait(under_way, return_when=FIRST_COMPLETED)
        for one in self._begun:
            if one.done():
                one.result()
        self._begun.append(self._threads.submit(store, self._client, bucket, key, data, format))

    def finish(self) -> None:
        """Wait for all. Raises what storing one of them raised."""
        for one in self._begun:
            one.result()

    def errors(self) -> Sequence[BaseException]:
        """Of all files, in the order in which they were put; waits for them."""
        found = (one.exception() for one in self._begun)
        return [error for error in found if error is not None]


@contextmanager
def storing(client: S3Client) -> Iterator[Files]:
    """Files are stored in the background within the block; when it is left, nothing is under way.

    If one could not be stored, the block ends with that error, at the next `put` or at its end. An
    error of the block's own comes out as it is. Whatever else went wrong is in the error's notes.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="storing") as threads:
        files = Files(client, threads)
        try:
            yield files
            files.finish()
        except BaseException as error:
            for other in files.errors():
                if other is not error:
                    error.add_note(f"storing another file: {type(other).__name__}: {other}")
            raise
