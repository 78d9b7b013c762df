"""Every example in a docstring of the library is run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import yuanshou

MODULES = sorted(m.name for m in pkgutil.walk_packages(yuanshou.__path__, "yuanshou."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
