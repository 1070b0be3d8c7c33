"""What functions talk to while they are measured: objects in memory, on loopback.

S3's GetObject and PutObject, and DynamoDB's Query, to which nothing is ever found. So a function
runs with its own client, its own buffers and its own sockets, and pays for none of the service's
work.
"""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ETAG = '"0123456789abcdef0123456789abcdef"'
UPLOADED = "Wed, 01 Jan 2025 00:00:00 GMT"

PART = re.compile(r"bytes=(\d+)-(\d+)")

# By bucket and key.
Objects = MutableMapping[tuple[str, str], bytes]


@dataclass
class Traffic:
    """What was asked so far, and the bytes of objects that went either way."""

    requests: int = 0
    bytes: int = 0


@contextmanager
def serving(objects: Objects, traffic: Traffic) -> Iterator[str]:
    """The address of a service that has these objects; what is put there is in them at once."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(objects, traffic))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answering(objects: Objects, traffic: Traffic) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            data = objects.get(self._place())
            if data is None:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            elif part := PART.fullmatch(self.headers.get("Range", "")):
                self._answer(206, data[int(part[1]) : int(part[2]) + 1])
            else:
                self._answer(200, data)

        def do_PUT(self) -> None:
            objects[self._place()] = self._body()
            self._answer(200, b"")

        def do_POST(self) -> None:
            self._body()
            self._answer(200, b'{"Items": [], "Count": 0, "ScannedCount": 0}')

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _place(self) -> tuple[str, str]:
            path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
            bucket, _, key = path.lstrip("/").partition("/")
            return bucket, key

        def _body(self) -> bytes:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            traffic.bytes += len(body)
            return body

        def _answer(self, status: int, data: bytes) -> None:
            traffic.requests += 1
            traffic.bytes += len(data)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", ETAG)
            self.send_header("Last-Modified", UPLOADED)
            self.end_headers()
            self.wfile.write(data)

    return Answering
