"""The elements of a page, and its words."""

from html.parser import HTMLParser

VOID = {"meta", "input", "br", "line", "circle", "rect", "polygon", "img", "link"}
"""Elements without an end tag."""


class Outline(HTMLParser):
    """Elements, what is left open, and the text without scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += " " + data


def words(page: str) -> str:
    """What a reader of the page sees, on one line."""
    return " ".join(Outline(page).text.split())
