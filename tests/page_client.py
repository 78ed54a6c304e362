"""A test client that inspects every page that any test opens: what every page of ours must have, it has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

UNLABELLED = {"hidden", "submit", "button", "image"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """One element with its attributes, its own text, what is inside it, and the tags of what it is inside of."""

    tag: str
    attributes: dict[str, str]
    # Not the elements themselves: pages by the thousand would each be a circle that only a search for garbage ends.
    inside: frozenset[str] = frozenset()
    children: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join([*self.words, *(child.text for child in self.children)]).strip()

    def all(self, *tags: str) -> list[Element]:
        """The elements of these tags inside this one, or every one; in no particular order."""
        found, waiting = list[Element](), [*self.children]
        while waiting:
            element = waiting.pop()
            waiting += element.children
            if not tags or element.tag in tags:
                found.append(element)
        return found

    def is_inside(self, tag: str) -> bool:
        return tag in self.inside


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("page", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        outer = self.open[-1]
        element = Element(tag, {name: value or "" for name, value in attrs}, outer.inside | {outer.tag})
        outer.children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, element in enumerate(self.open) if place and element.tag == tag]
        if places:
            del self.open[places[-1] :]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.open[-1].words.append(data.strip())


def faults(html: str) -> list[str]:
    """What a page lacks, one sentence each."""
    tree = _Tree()
    tree.feed(html)
    page = tree.root
    once = {tag: len(page.all(tag)) for tag in ("title", "h1", "main")}
    found = [f"there are {count} {tag} elements" for tag, count in once.items() if count != 1]
    found += [f"{element.tag} is empty" for element in page.all("title", "h1") if not element.text]
    found += _twice(page) + _unlabelled(page) + _forms(page) + _links(page) + _inline(page)
    if not any("lang" in element.attributes for element in page.all("html")):
        found.append("the page does not say its language")
    return found


def _twice(page: Element) -> list[str]:
    ids = Counter(element.attributes["id"] for element in page.all() if "id" in element.attributes)
    return [f"the id {name} stands {count} times" for name, count in ids.items() if count > 1]


def _unlabelled(page: Element) -> list[str]:
    labelled = {label.attributes.get("for") for label in page.all("label")}
    return [
        f"the field {element.attributes.get('name')} has no label"
        for element in page.all("input", "select", "textarea")
        if element.attributes.get("type") not in UNLABELLED
        and element.attributes.get("id") not in labelled
        and not element.is_inside("label")
        and "aria-label" not in element.attributes
    ]


def _forms(page: Element) -> list[str]:
    posts = [form for form in page.all("form") if form.attributes.get("method", "get").lower() == "post"]
    return [
        "a form that posts has no CSRF field"
        for form in posts
        if not any(field.attributes.get("name") == "csrf_token" for field in form.all("input"))
    ]


def _links(page: Element) -> list[str]:
    return [
        f"a link to {link.attributes.get('href') or 'nowhere'} has no words or no target"
        for link in page.all("a")
        if not link.attributes.get("href") or not (link.text or link.attributes.get("aria-label"))
    ]


def _inline(page: Element) -> list[str]:
    """The content security policy forbids inline scripts and styles."""
    scripts = [element for element in page.all("script") if "src" not in element.attributes]
    styled = [element for element in page.all() if "style" in element.attributes]
    handled = [element for element in page.all() if any(name.startswith("on") for name in element.attributes)]
    return [f"{element.tag} is inline" for element in (*scripts, *page.all("style"), *styled, *handled)]


class PageClient(FlaskClient):
    """Every HTML answer is inspected, error pages included."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        is_page = response.mimetype == "text/html" and response.request.method != "HEAD" and not response.location
        if is_page and response.data:
            found = faults(response.get_data(as_text=True))
            assert not found, f"{response.request.path}: {found}"
        return response
