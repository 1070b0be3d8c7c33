"""Markup as a test looks at it."""

from __future__ import annotations

from html.parser import HTMLParser


class Tags(HTMLParser):
    """A page as a list of (tag, attributes), and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def one(self, tag: str) -> dict[str, str]:
        found = self.all(tag)
        assert len(found) == 1, f"expected one <{tag}>, got {len(found)}"
        return found[0]

    def by_id(self, name: str) -> dict[str, str]:
        found = [attributes for _, attributes in self.tags if attributes.get("id") == name]
        assert len(found) == 1, f"expected one id={name}, got {len(found)}"
        return found[0]
