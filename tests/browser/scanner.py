"""What programs do with a link before its reader does: mail scanners, previews, prefetching."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.markup import Tags

# As a form would send it, but for the method.
DECISION = "decision=approve&reviewer=Scanner&reason=scanned&take_over=1"
MAX_ADDRESSES = 300
LOOKS = ("HEAD", "GET")
AT_ONCE = 4


@dataclass(frozen=True)
class Answer:
    method: str
    url: str
    status: int
    headers: dict[str, str]
    text: str


def ask(method: str, url: str, **headers: str) -> Answer:
    """One request, redirects not followed."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    try:
        target = where.path + (f"?{where.query}" if where.query else "")
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(method, url, answer.status, named, text)
    finally:
        connection.close()


def crawl(start: Iterable[str], base: str, **headers: str) -> list[Answer]:
    """HEAD and GET of `start` and of whatever a page names, links, pictures and forms alike."""
    waiting, seen, answers = set(start), set[str](), list[Answer]()
    while waiting:
        for url in waiting:
            assert url.startswith(base), f"expected to stay below {base}, got {url}"
        seen |= waiting
        assert len(seen) <= MAX_ADDRESSES, f"expected an end of links, got {waiting}"
        found = ask_all(((method, url) for url in waiting for method in LOOKS), **headers)
        waiting = {address for answer in found for address in addresses(answer)} - seen
        answers += found
    return answers


def ask_all(requests: Iterable[tuple[str, str]], **headers: str) -> list[Answer]:
    """Several at a time, as scanners do."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda request: ask(*request, **headers), requests))


def addresses(answer: Answer) -> list[str]:
    """What an answer leads to: its links, its pictures, its forms, where it sends to."""
    found = [answer.headers["location"]] if "location" in answer.headers else []
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        found += _named(answer.text)
    elif kind.startswith("text/css"):
        found += re.findall(r"url\([\"']?([^\"')]+)", answer.text)
    return [urldefrag(urljoin(answer.url, one)).url for one in found]


def _named(html: str) -> Iterator[str]:
    for _, attributes in Tags(html).tags:
        for name in ("href", "src"):
            if name in attributes:
                yield attributes[name]
        for candidate in filter(None, attributes.get("srcset", "").split(",")):
            yield candidate.split()[0]
        for name in ("action", "formaction"):
            if name in attributes:
                yield attributes[name]
                yield f"{attributes[name]}?{DECISION}"


def spellings(link: str) -> list[str]:
    """The link as scanners and mail programs spell it."""
    start, _, token = link.rpartition("/")
    return [
        *(link + tail for tail in (".", "/", ")", "%3E", "%20", "//", "/.", "/decision/")),
        *(link + tail for tail in ("?", "?utm_source=mail&utm_medium=email", f"?{DECISION}")),
        link[:-1],
        f"{start}//{token}",
        f"{start}/%{ord(token[0]):02X}{token[1:]}",
        f"{start}/{token.upper()}",
        f"{start.upper()}/{token}",
    ]
