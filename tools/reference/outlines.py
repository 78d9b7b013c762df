"""The outlines of countries for the map, from Natural Earth's 1:110 million shapes (public domain)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reference.common import read

Points = npt.NDArray[np.float64]

SOUTH_OF_ALL = "010"
"""M49 of Antarctica: left out, since nobody there is planned for and it would take a quarter of the map."""


def build(data: Path, out: Path) -> list[Path]:
    """world_outlines.json: place → rings, each a flat list of longitude, latitude in hundredths of a degree.

    The first pair of a ring stands as it is and every further pair as the step from the one before, which halves the
    file. Land without a code keeps the empty place, so that it is drawn and claims nothing.
    """
    topology = json.loads((data / "countries-110m.json").read_text(encoding="utf-8"))
    codes = read(data / "countries.csv").set_index("m49")["iso3"]
    arcs = _arcs(topology)
    outlines: dict[str, list[list[int]]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        if shape.get("id") == SOUTH_OF_ALL:
            continue
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        rings = [_flat(_ring(ring, arcs)) for part in parts for ring in part]
        outlines.setdefault(str(codes.get(shape.get("id", ""), "")), []).extend(rings)
    path = out / "world_outlines.json"
    path.write_text(json.dumps(dict(sorted(outlines.items())), separators=(",", ":")) + "\n", encoding="utf-8")
    return [path]


def _arcs(topology: dict[str, Any]) -> list[Points]:
    scale, move = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(np.array(arc), axis=0) * scale + move for arc in topology["arcs"]]


def _ring(indices: list[int], arcs: list[Points]) -> Points:
    """Arcs joined end to end; a negative index is the arc `~index` walked backwards."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _flat(ring: Points) -> list[int]:
    whole = np.rint(ring * 100).astype(int)
    steps = np.vstack([whole[:1], np.diff(whole, axis=0)])
    return [int(v) for v in steps.ravel()]
