"""Laws of the page reader: any text is read or refused in words, and every repair can be taken back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.errors import InputError
from yuanshou.sources.page import read_page
from yuanshou.sources.pages.repair import repair

PIECES = st.sampled_from(
    ["法国", "意大利", "口罩", "捐赠", "100万只", "環(huán)", "號(hào)", "??", "?", ",", "。", "\n", "<p>", "</a>", "&nbsp;", "咳毡緳M", "2020-03-25 18:32", "评论 4", "\ufffd",
     "France", " donated ", "1,000 masks", " to Italy.", "- ", "Ã©", "\x1b[0m"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.characters(), max_size=40).map("".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_repairs_can_be_taken_back(text: str) -> None:
    assert repair(text).original() == text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    try:
        page = read_page(data)
    except InputError:
        return
    assert all(page.text[one.start : one.end] == one.quote for one in page.facts)
    assert page.as_json()["text"] == page.text


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_a_repaired_text_needs_no_second_repair_of_marks_or_script(text: str) -> None:
    once = repair(text).text
    again = {step.name for step in repair(once).steps}
    assert not again & {"controls", "lines"}
