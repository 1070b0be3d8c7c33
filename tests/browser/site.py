"""The review pages on the loopback, with made-up pictures and answers; no engine, no record."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from PIL import Image

from review import pages
from review.pages import PictureLink
from review.web import HEADERS
from tests import review_samples as samples

PICTURES = 6
LINK = replace(samples.VIEW, token="link")
LONG = "folder/" + "n" * 180 + ".jpg"


def desk_page(number: int) -> str:
    """The page of picture `number` of the queue, as it comes after the one before it."""
    view = replace(
        samples.RESEMBLING,
        token=f"p{number}",
        image=f"trip/{number}.jpg",
        picture=PictureLink(f"reviews/p{number}/files/w1280.jpg", 1280, 800, "The picture"),
    )
    desk = replace(
        samples.DESK,
        previous=f"reviews/p{number - 1}" if number else None,
        next=f"reviews/p{number + 1}" if number + 1 < PICTURES else None,
        done=None if number == 0 else samples.DESK.done,
    )
    return pages.waiting_page(view, "..", reasons=samples.REASONS, desk=desk)


PAGES: dict[str, Callable[[], str]] = {
    "/": lambda: pages.queue_page(
        replace(
            samples.QUEUE,
            items=tuple(samples.item(number, f"p{number}") for number in range(PICTURES)),
        ),
        ".",
    ),
    "/empty": lambda: pages.queue_page(samples.EMPTY_QUEUE, "."),
    "/reviews/held": lambda: pages.waiting_page(
        replace(samples.VIEW, token="held"), "..", reasons=samples.REASONS, desk=samples.HELD
    ),
    "/reviews/link": lambda: pages.waiting_page(LINK, "..", reasons=samples.REASONS),
    "/reviews/refused": lambda: pages.waiting_page(
        LINK, "..", reasons=samples.REASONS, error="Please give your name."
    ),
    "/reviews/unseen": lambda: pages.waiting_page(
        replace(samples.VIEW, token="unseen", picture=None), "..", desk=samples.DESK
    ),
    "/reviews/long": lambda: pages.waiting_page(
        replace(samples.VIEW, token="long", image=LONG, caption=LONG, flags=(("keyword", LONG),)),
        "..",
        reasons=("r" * 60, *samples.REASONS),
        desk=replace(samples.HELD, reviewer="R" * 90, holder="H" * 90),
    ),
    "/reviews/decided": lambda: pages.decided_page(
        replace(samples.DECIDED, token="decided"), "..", desk=samples.DESK
    ),
    "/reviews/rejected": lambda: pages.decided_page(samples.REJECTED, "..", notice="late"),
    "/reviews/expired": lambda: pages.decided_page(samples.EXPIRED, ".."),
    "/sign-in/t": lambda: pages.sign_in_page("Ana Ruiz", "t", ".."),
    "/problem/t": lambda: pages.problem_page("Nothing here", "There is no such page.", ".."),
    **{f"/reviews/p{number}": (lambda n=number: desk_page(n)) for number in range(PICTURES)},
}


@dataclass
class Post:
    path: str
    form: dict[str, str]
    accept: str


@dataclass
class Site:
    """`lease`: what a page's own request for the lease is answered, (status, JSON). `pictures`: the
    large ones come only while it is set; `answers`: those to forms likewise."""

    base: str
    posts: list[Post] = field(default_factory=list)
    lease: tuple[int, dict[str, Any]] = (
        200,
        {"mine": True, "reviewer": "Ana Ruiz", "open": True},
    )
    pictures: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)

    def sent(self, action: str) -> list[Post]:
        """The forms that were sent to `action`; not what the page asks by itself."""
        return [
            post
            for post in self.posts
            if post.path.endswith(f"/{action}") and "json" not in post.accept
        ]

    @property
    def decisions(self) -> list[tuple[str, str]]:
        """(picture, decision) in their order."""
        return [(post.path.split("/")[-2], post.form["decision"]) for post in self.sent("decision")]


def drawn(width: int, height: int) -> bytes:
    """A JPEG that is not of one colour."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


@contextmanager
def serve() -> Iterator[Site]:
    large, small = drawn(1280, 800), drawn(320, 200)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {**HEADERS, "Content-Type": kind, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            name = path.rpartition("/")[2]
            if path in PAGES:
                self.answer(200, "text/html; charset=utf-8", PAGES[path]().encode())
            elif path.startswith("/assets/") and (asset := pages.asset(name)):
                self.answer(200, asset.content_type, asset.text.encode())
            elif name == "w1280.jpg":
                site.pictures.wait(10)
                self.answer(200, "image/jpeg", large)
            elif name == "preview" or "/files/" in path:
                self.answer(200, "image/jpeg", small)
            else:
                self.answer(404, "text/plain", b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            accept = self.headers.get("Accept", "")
            site.posts.append(
                Post(self.path, dict(parse_qsl(body, keep_blank_values=True)), accept)
            )
            if "json" in accept:
                status, value = site.lease
                self.answer(status, "application/json", json.dumps(value).encode())
            else:
                site.answers.wait(10)
                self.answer(303, "text/plain", b"", Location=self.next_page())

        def next_page(self) -> str:
            """The picture after the one that was decided or skipped; else the same page."""
            _, _, token, action = self.path.split("/")
            if action in ("decision", "skip") and token.startswith("p"):
                number = int(token[1:]) + 1
                return f"../p{number}" if number < PICTURES else "../../empty"
            return f"../{token}"

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}")
    site.pictures.set()
    site.answers.set()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.pictures.set()
        site.answers.set()
        server.shutdown()
        server.server_close()
        thread.join()
