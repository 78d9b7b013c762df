"""Write `words_zh.txt.xz`, the small Chinese word list behind the byte-shift repair, from jieba's dictionary.

Run it by hand when the thresholds change; it is not needed to install or run the project:

    pip install jieba && python tools/build_chinese_words.py

Each line of the output is one level of frequency: the level (twice the base-2 logarithm of the count in
jieba's training text, rounded), a tab, then every word of that level separated by spaces. Rare words are
left out because a model of pairs and words gains nothing from them and the package must stay small.
"""

from __future__ import annotations

import importlib.util
import lzma
import math
import re
from collections import defaultdict
from pathlib import Path

LEAST_COUNT = 5
LONGEST_WORD_CHARS = 5
TARGET = Path(__file__).resolve().parent.parent / "src/yuanshou/sources/pages/data/words_zh.txt.xz"


def main() -> None:
    """Read jieba's dictionary (MIT) without importing it, and write the levels."""
    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        raise SystemExit("jieba is not installed: pip install jieba")
    levels: dict[int, list[str]] = defaultdict(list)
    for line in (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, count = line.split()[:2]
        if int(count) >= LEAST_COUNT and len(word) <= LONGEST_WORD_CHARS and re.fullmatch("[\u4e00-\u9fff]+", word):
            levels[round(2 * math.log2(int(count)))].append(word)
    text = "\n".join(f"{level}\t{' '.join(sorted(words))}" for level, words in sorted(levels.items(), reverse=True))
    TARGET.write_bytes(lzma.compress(text.encode("gb18030"), preset=9 | lzma.PRESET_EXTREME))
    print(f"{sum(map(len, levels.values()))} words, {TARGET.stat().st_size} bytes in {TARGET}")


if __name__ == "__main__":
    main()
