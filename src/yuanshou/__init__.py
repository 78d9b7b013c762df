"""Yuanshou: from outbreak counts to delivered aid, as a pure library.

Start reading at `yuanshou.pipeline.make_plan`. This file imports nothing, so that `import yuanshou` is instant.
"""

__version__ = "0.1.0"
