"""The page reader against ftfy, OpenCC and both, and against the clock.

    python benchmarks/intake.py                 everything
    python benchmarks/intake.py restore --pages 400
    python benchmarks/intake.py restore --fresh      on sentences that nothing was chosen on
    python benchmarks/intake.py restore --first 1000 from another seed on
    python benchmarks/intake.py gifts --table aid_2020.csv
    python benchmarks/intake.py speed --pages 10000 --processes 2

`restore` damages pages of the project's own sentences and counts characters restored, left unknown and wrong, and beside
that how many came back of those both of whose bytes survive (no reader can know a byte that is gone);
`gifts` reads a table of gifts written as sentences (columns donor_code, recipient_code, item, quantity, status);
`article` compares the article found in damaged HTML with trafilatura's; `choice` tells how often a lost half of a
character is chosen right; `speed` reads pages of 5 kB.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import ftfy
import intake_cases_fr_es
import opencc
import pandas as pd
from intake_cases import (
    DAMAGE_MARKS,
    FRESH,
    NO_FACTS,
    SENTENCES,
    AidSentence,
    aid_sentences,
    characters_right,
    damaged_page,
    surviving_right,
)

REPORT_DATE = date(2020, 4, 5)
HALF_WIDTH = str.maketrans(DAMAGE_MARKS, ",:;!?()")


def restore(pages: int, pool: Sequence[str] = SENTENCES, first: int = 0) -> None:
    """Characters restored by the reader and by the baselines, on the same pages."""
    from yuanshou.sources.page import read_page

    to_simplified = opencc.OpenCC("t2s")
    readers: dict[str, Callable[[str], str]] = {
        "as found": lambda text: text,
        "ftfy": ftfy.fix_text,
        "OpenCC": to_simplified.convert,
        "ftfy and OpenCC": lambda text: to_simplified.convert(ftfy.fix_text(text)),
        "yuanshou": lambda text: read_page(text).text,
    }
    cases = [damaged_page(seed, pool=pool) for seed in range(first, first + pages)]
    shifts = sum(case.shifts for case in cases)
    lost = sum(len(case.lost) for case in cases)
    print(f"{pages} damaged pages from seed {first}, {sum(len(case.clean) for case in cases)} characters,")
    print(f"{shifts} byte shifts, {lost} characters that lost a byte")
    print(f"{'reader':18}{'restored':>10}{'unknown':>10}{'wrong':>10}{'of whole bytes':>16}")
    for name, read in readers.items():
        texts = [read(case.damaged) for case in cases]
        counts = [characters_right(case.clean, text) for case, text in zip(cases, texts, strict=True)]
        whole = [surviving_right(case, text) for case, text in zip(cases, texts, strict=True)]
        kept, surviving = (sum(column) for column in zip(*whole, strict=True))
        right, unknown, wrong = (sum(column) for column in zip(*counts, strict=True))
        total = right + unknown + wrong
        print(f"{name:18}{right / total:10.3%}{unknown / total:10.3%}{wrong / total:10.3%}{kept / surviving:16.3%}")


def gifts(table: Path) -> None:
    """Sentences of which giver, receiver, item, quantity and status are all right; facts invented."""
    from yuanshou.places import load_places
    from yuanshou.sources.page import read_page

    cases = list(aid_sentences(pd.read_csv(table), load_places(labels="cldr")))
    for language in ("zh", "en"):
        mine = [case for case in cases if case.language == language]
        right = sum(_is_read(case) for case in mine)
        print(f"gifts, {language}: {right} of {len(mine)} sentences all right ({right / len(mine):.1%})")
    latin = list(intake_cases_fr_es.aid_sentences(pd.read_csv(table), load_places(labels="cldr")))
    for language in ("fr", "es"):
        mine = [case for case in latin if case.language == language]
        right = sum(_is_read(case) for case in mine)
        print(f"gifts, {language}: {right} of {len(mine)} sentences all right ({right / len(mine):.1%})")
    found = sum(len(read_page(text, report_date=REPORT_DATE).facts) for text in intake_cases_fr_es.NO_FACTS)
    print(f"facts invented on {len(intake_cases_fr_es.NO_FACTS)} sentences without one, fr and es: {found}")
    invented = sum(len(read_page(text, report_date=REPORT_DATE).facts) for text in NO_FACTS)
    print(f"facts invented on {len(NO_FACTS)} sentences without one: {invented}")


def _is_read(case: AidSentence) -> bool:
    """Whether the one fact of a sentence is read with every value right, and no other fact."""
    from yuanshou.sources.page import read_page

    facts = read_page(case.text, report_date=REPORT_DATE).facts
    found = {(fact.giver, fact.receiver, fact.item, fact.quantity, fact.status) for fact in facts}
    return found == {(case.giver, case.receiver, case.item, case.quantity, case.status)}


def article(pages: int) -> None:
    """The article of damaged HTML pages with lists around it: characters right, by the reader and by trafilatura."""
    import trafilatura

    from yuanshou.sources.page import read_page

    totals = {"trafilatura": [0, 0], "yuanshou": [0, 0]}
    for seed in range(pages):
        case = damaged_page(4 * seed + 1)
        source = html_page(case.damaged)
        results = {
            "trafilatura": trafilatura.extract(source, include_comments=False) or "",
            "yuanshou": "\n".join(span.text for span in read_page(source).body),
        }
        for name, text in results.items():
            right, unknown, wrong = characters_right(case.clean, text)
            totals[name][0] += right
            totals[name][1] += right + unknown + wrong
    for name, (right, total) in totals.items():
        print(f"article in HTML, {name}: {right / total:.2%} of characters right")


def html_page(article: str) -> str:
    """A news page around an article: menu, credits, related stories with comments, most read."""
    paragraphs = "".join(f"<p>{line}</p>" for line in article.split("\n"))
    stories = "".join(f"<li>别处的新闻第{number}条 评论 {number}</li>" for number in range(1, 9))
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>防疫协调会议纪要</title></head><body>"
        "<nav><a href='/'>首页</a> <a href='/x'>财经</a></nav><h1>防疫协调会议纪要</h1>"
        "<div>更新时间：2020-04-02 10:30</div>"
        f"<div class='article'>{paragraphs}</div><div>责任编辑：王小明</div>"
        f"<h3>相关推荐</h3><ul>{stories}</ul></body></html>"
    )


def choice(cases: int) -> None:
    """How often a lost half is chosen right, by how far the best reading leads the next."""
    from yuanshou.sources.pages import shift
    from yuanshou.sources.pages.language import word_model
    from yuanshou.sources.pages.lexicon import load_lexicon

    rng, model, rows = random.Random(1), word_model(load_lexicon().words), []
    lines = ["".join(rng.sample(SENTENCES, 6)).translate(HALF_WIDTH) for _ in range(300)]
    while len(rows) < cases:
        line = rng.choice(lines)
        at = rng.randrange(2, len(line) - 2)
        code = line[at].encode("gb2312", "ignore")
        if len(code) != 2 or not "\u4e00" <= line[at] <= "\u9fff":
            continue
        halves = (None, code[1]) if rng.random() < 0.5 else (code[0], None)
        options = shift._candidates(*halves, is_simplified=True)
        chosen, lead, _best = shift._choose(options, line[max(0, at - 7) : at], line[at + 1 : at + 8], model, ())
        rows.append((lead, chosen == line[at]))
    print(f"{cases} characters of which one half is lost")
    for least in (0, 2, 3, 4, 5, 6, 7, 8):
        kept = [right for lead, right in rows if lead >= least]
        print(f"lead of {least} nats or more: {len(kept) / cases:6.1%} of them, {len(kept) - sum(kept)} wrong")


def speed(pages: int, processes: int) -> None:
    """Pages of 5 kB a second, read from bytes to facts."""
    texts = [damaged_page(seed, sentences=60).damaged.encode()[:5000] for seed in range(200)]
    _read(texts[0])
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        start = time.perf_counter()
        facts = sum(pool.imap_unordered(_read, (texts[number % 200] for number in range(pages)), chunksize=50))
        seconds = time.perf_counter() - start
    print(f"{pages} pages of 5 kB in {seconds:.1f} s on {processes} processes ({facts} facts)")


def _read(data: bytes) -> int:
    from yuanshou.sources.page import read_page

    return len(read_page(data).facts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "what", nargs="?", choices=["restore", "gifts", "article", "choice", "speed", "all"], default="all"
    )
    parser.add_argument("--pages", type=int)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first page to restore")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--table", type=Path, help="a table of gifts; without it the gifts are not read")
    parser.add_argument("--fresh", action="store_true", help="restore pages of sentences that nothing was chosen on")
    given = parser.parse_args()
    if given.what in ("restore", "all"):
        restore(given.pages or 240, FRESH if given.fresh else SENTENCES, given.first)
    if given.table and given.what in ("gifts", "all"):
        gifts(given.table)
    if given.what in ("article", "all"):
        article(given.pages or 40)
    if given.what in ("choice", "all"):
        choice(given.pages or 4000)
    if given.what in ("speed", "all"):
        speed(given.pages or 10_000, given.processes)


if __name__ == "__main__":
    main()
