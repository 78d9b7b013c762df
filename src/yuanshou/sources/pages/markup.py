"""HTML to lines of text, without running or fetching anything.

Scripts, styles and hidden parts are dropped; block elements end a line. The parser is lxml's tolerant one;
pages nested so deeply that a tree would cost too much are read by a linear scan instead. Trafilatura, the
well-kept extractor, says which paragraphs belong to the article of an ordinary page.
"""

from __future__ import annotations

import html
import logging
import re
from dataclasses import dataclass

import lxml.etree
import lxml.html

_LOOKS_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|div|p|article|table|section|h1|meta|span|br)\b[^<>]{0,400}>", re.I
)
_DROPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "svg",
        "object",
        "embed",
        "canvas",
        "select",
        "button",
        "form",
    ]
)
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
        *(
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
        ),
        *("tr", "ul", "title"),
    )
)
_TIMES = ("article:published_time", "article:modified_time", "og:updated_time", "pubdate", "publishdate")
_DEEPEST_NESTING = 240  # the parser stops reading at 256
_LARGEST_TREE_CHARS, _LARGEST_ARTICLE_CHARS = 1_500_000, 300_000


@dataclass(frozen=True)
class Markup:
    """Lines of an HTML page, and what its head says."""

    text: str
    title: str | None
    published: str | None


def looks_like_html(text: str) -> bool:
    """Whether the text holds markup of a page rather than a stray tag."""
    return len(_LOOKS_HTML.findall(text[:20000])) >= 2 or bool(re.match(r"\s*<(?:!doctype|html)", text, re.I))


def read_markup(text: str) -> Markup:
    """The visible lines of HTML; unclosed tags are fine; O(length)."""
    root = _tree(text)
    if root is None:
        return Markup(_scan(text), None, None)
    title = " ".join((root.findtext(".//h1") or root.findtext(".//title") or "").split()) or None
    published = next((node.get("content") for node in root.iter("meta") if _named(node) in _TIMES), None)
    body = root.find("body")
    parts: list[str] = []
    _visit(root if body is None else body, parts)
    lines = (re.sub(r"[ \t\r\f\v]+", " ", line).strip() for line in "".join(parts).split("\n"))
    return Markup("\n".join(filter(None, lines)), title, published)


def _tree(text: str) -> lxml.html.HtmlElement | None:
    """The tree of a page; None where it would cost too much or, nested too deeply for the parser, lose text."""
    if len(text) > _LARGEST_TREE_CHARS or _nesting(text) > _DEEPEST_NESTING:
        return None
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "surrogatepass"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError, UnicodeError):
        return None
    return None if any(one.type_name == "ERR_RESOURCE_LIMIT" for one in parser.error_log) else root


def _named(node: lxml.html.HtmlElement) -> str:
    return (node.get("property") or node.get("name") or "").lower()


def _visit(root: lxml.html.HtmlElement, parts: list[str]) -> None:
    for event, node in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            parts.append("\n" if tag in _BLOCKS else "")
            if tag not in _DROPPED and tag and not _hidden_inside(node):
                parts.append((node.text or "").replace("\n", " "))
        else:
            parts.append("\n" if tag in _BLOCKS else "")
            if node is not root and not _hidden_inside(node.getparent()):
                parts.append((node.tail or "").replace("\n", " "))


def _hidden_inside(node: lxml.html.HtmlElement | None) -> bool:
    while node is not None:
        if (
            node.tag in _DROPPED
            or node.get("hidden") is not None
            or "display:none" in (node.get("style") or "").replace(" ", "")
        ):
            return True
        node = node.getparent()
    return False


def _nesting(text: str) -> int:
    """Deepest nesting of tags, taken from the tags alone."""
    depth = deepest = 0
    for match in re.finditer(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>", text):
        if match[1]:
            depth = max(0, depth - 1)
        elif not match[3] and match[2].lower() not in (
            "br",
            "img",
            "meta",
            "link",
            "input",
            "hr",
            "p",
            "li",
            "td",
            "tr",
            "source",
            "wbr",
        ):
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _scan(text: str) -> str:
    """Markup removed without a tree."""
    text = re.sub(r"(?is)<(script|style|noscript|template|svg)\b[^>]*>.*?(?:</\1\s*>|\Z)", "\n", text)
    text = re.sub(r"(?i)</?(?:p|div|br|li|tr|h[1-6]|section|article|table)\b[^<>]*>", "\n", text)
    lines = (line.strip() for line in html.unescape(re.sub(r"<[^<>]*>", "", text)).split("\n"))
    return "\n".join(filter(None, lines))


def article_lines(text: str) -> set[str] | None:
    """The lines trafilatura takes for the article, without spaces; None where it finds none."""
    if len(text) > _LARGEST_ARTICLE_CHARS or _tree(text) is None:
        return None
    import trafilatura  # slow to import, and needed for HTML only

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    extracted = trafilatura.extract(text, fast=True, include_comments=False, include_tables=True, deduplicate=False)
    lines = {re.sub(r"\s+", "", line.strip("-• ")) for line in (extracted or "").split("\n")}
    return {line for line in lines if len(line) > 12} or None
