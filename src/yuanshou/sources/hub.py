"""Forecasts in and out in the formats of the forecasting hubs.

Two formats are met. The *hubverse* model output (schema v6) names a reference date, a horizon and an output type;
the older hubs (EuroCOVIDhub, 2021–2023) name a forecast date and write the horizon into the target. Weeks end on
Saturdays in both. The one thing easily confused: a hubverse `horizon` counts from `reference_date`, here the last
complete week's Saturday, so that target_end_date = reference_date + 7 · horizon always holds.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.forecast.forecasters import TARGETS, Forecast
from yuanshou.forecast.quantiles import QUANTILE_LEVELS
from yuanshou.periods import last_complete_week_end
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import FloatArray, freeze, require_columns

COLUMNS = (
    "reference_date", "target", "horizon", "target_end_date", "location", "output_type", "output_type_id", "value",
)  # fmt: skip
TARGET_NAMES = {"cases": "wk inc case", "deaths": "wk inc death"}


def to_hubverse(forecast: Forecast, *, samples: int = 0) -> pd.DataFrame:
    """Quantiles, and the first `samples` paths, as hubverse model output; places without a forecast are left out.

    A sample's `output_type_id` names its path: the same number is the same world in every week, place and target.
    """
    frames = [_long(forecast, forecast.quantiles, [f"{level:g}" for level in QUANTILE_LEVELS], "quantile")]
    count = min(samples, forecast.paths.shape[-1])
    if count:
        frames.append(_long(forecast, forecast.paths[..., :count], [str(i) for i in range(count)], "sample"))
    return pd.concat(frames, ignore_index=True)


def _long(forecast: Forecast, values: FloatArray, ids: list[str], output_type: str) -> pd.DataFrame:
    reference = last_complete_week_end(forecast.as_of)
    t, p, h, k = np.unravel_index(np.arange(values.size), values.shape)
    names = np.array([TARGET_NAMES[name] for name in TARGETS])
    frame = pd.DataFrame(
        {
            "reference_date": reference.isoformat(),
            "target": names[t],
            "horizon": h + 1,
            "target_end_date": np.datetime_as_string(forecast.week_ends, unit="D")[h],
            "location": np.array(forecast.places)[p],
            "output_type": output_type,
            "output_type_id": np.array(ids)[k],
            "value": np.round(values.reshape(-1).astype(float), 3),
        }
    )
    return frame.dropna(subset=["value"])


def write_hubverse(forecast: Forecast, path: Path, *, samples: int = 0) -> Path:
    """Write hubverse model output to `path` (.csv, .csv.gz or .parquet).

    Raises
    ------
    InputError : another file ending.
    """
    frame = to_hubverse(forecast, samples=samples)
    if path.name.endswith((".csv", ".csv.gz")):
        frame.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        raise InputError(f"the file name {path.name}", "one that ends in .csv, .csv.gz or .parquet", "rename it")
    return path


def read_hubverse(path: Path, *, as_of: date | None = None) -> Forecast:
    """A Forecast from hubverse model output; `as_of` is the reference date when not given.

    Raises
    ------
    InputError : missing columns, several reference dates, unknown targets, unreadable values, quantiles
        missing or crossing, dates that do not fit their horizon.
    """
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    except (OSError, ValueError) as error:
        raise InputError(f"no readable table ({error})", "hubverse model output", "check the file", where=path.name)  # noqa: B904
    require_columns(frame, COLUMNS, what="the forecast", where=path.name)
    frame = _checked(frame, path.name)
    reference = date.fromisoformat(str(frame["reference_date"].iloc[0]))
    places = tuple(sorted(frame["location"].unique()))
    horizons = int(frame["horizon"].max())
    quantile = frame[frame["output_type"] == "quantile"]
    values = _dense(quantile, places, horizons, [f"{level:g}" for level in QUANTILE_LEVELS])
    made = np.isfinite(values)
    if (made.any(axis=-1) & ~made.all(axis=-1)).any():
        raise InputError("quantiles missing", "all 23 levels of a target", "write 0.01 to 0.99", where=path.name)
    if (np.diff(values, axis=-1) < -1e-9).any():
        raise InputError("quantiles that cross", "values that rise with the level", "sort them", where=path.name)
    sample = frame[frame["output_type"] == "sample"]
    ids = sorted(sample["output_type_id"].unique(), key=lambda name: (len(name), name))
    return Forecast(
        as_of=as_of or reference,
        places=places,
        week_ends=np.datetime64(reference, "D") + 7 * np.arange(1, horizons + 1) * np.timedelta64(1, "D"),
        quantiles=freeze(values),
        paths=freeze(_dense(sample, places, horizons, ids).astype(np.float32)),
        reasons=pd.DataFrame(columns=["place", "target", "reason"]),
        method=f"read from {path.name}",
        seed=0,
    )


def _checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    frame = frame[frame["output_type"].isin(["quantile", "sample"])].copy()
    frame["value"] = pd.to_numeric(frame["value"], errors="coerce")
    frame["horizon"] = pd.to_numeric(frame["horizon"], errors="coerce")
    bad = frame.index[frame["value"].isna() | frame["horizon"].isna() | (frame["horizon"] < 1)]
    if len(bad) or not len(frame):
        found = f"no number in value or horizon, row {bad[0] + 2}" if len(bad) else "no quantile or sample row"
        raise InputError(found, "a number and a horizon of 1 or more", "correct or remove the row", where=where)
    unknown = set(frame["target"]) - set(TARGET_NAMES.values())
    if unknown or frame["reference_date"].nunique() != 1:
        found = f"target {sorted(unknown)[0]!r}" if unknown else "several reference dates"
        raise InputError(found, "wk inc case or wk inc death on one reference date", "split the file", where=where)
    ends = pd.to_datetime(frame["reference_date"]) + pd.to_timedelta(7 * frame["horizon"], unit="D")
    wrong = frame.index[ends != pd.to_datetime(frame["target_end_date"], errors="coerce")]
    if len(wrong):
        raise InputError(
            f"target_end_date {frame.at[wrong[0], 'target_end_date']} in row {wrong[0] + 2}",
            "reference_date + 7 days times the horizon", "correct the date or the horizon", where=where,
        )  # fmt: skip
    ids = frame["output_type_id"].astype(str)
    levels = frame["output_type"] == "quantile"
    frame["output_type_id"] = ids.where(~levels, pd.to_numeric(ids, errors="coerce").map("{:g}".format))
    return frame


def _dense(frame: pd.DataFrame, places: tuple[str, ...], horizons: int, ids: list[str]) -> FloatArray:
    values = np.full((len(TARGETS), len(places), horizons, len(ids)), np.nan)
    t = frame["target"].map({TARGET_NAMES[name]: i for i, name in enumerate(TARGETS)}).to_numpy()
    p = pd.Index(places).get_indexer(pd.Index(frame["location"]))
    k = pd.Index(ids).get_indexer(pd.Index(frame["output_type_id"]))
    keep = k >= 0
    h = frame["horizon"].to_numpy(dtype=int) - 1
    values[t[keep], p[keep], h[keep], k[keep]] = frame["value"].to_numpy(dtype=float)[keep]
    return values


def read_hub_truth(folder: Path) -> list[SurveillanceSeries]:
    """Every vintage of `truth_asof_daily.parquet` as a series, oldest first; places as the hub writes them.

    Columns as_of, target_variable ("inc case", "inc death"), location, date, value (new persons a day, or less).

    Raises
    ------
    InputError : no such file, missing columns, dates after their as_of.
    """
    path = folder / "truth_asof_daily.parquet"
    if not path.is_file():
        raise InputError(f"no {path.name} in {folder.name}", "counts as known on each date", "name the hub's folder")
    frame = pd.read_parquet(path)
    require_columns(frame, ["as_of", "target_variable", "location", "date", "value"], what="the truth", where=path.name)
    frame = frame.assign(**{name: _days(frame[name]) for name in ("as_of", "date")})
    late = frame["date"] > frame["as_of"]
    if late.any():
        row = frame.loc[late].iloc[0]
        raise InputError(
            f"counts of {row['date'].date()} in the table of {row['as_of'].date()}",
            "no count after the day it was known", "drop these rows", where=path.name,
        )  # fmt: skip
    places = tuple(sorted(frame["location"].astype(str).unique()))
    days = pd.DatetimeIndex(frame["as_of"].unique()).sort_values()
    return [_vintage(frame[frame["as_of"] == day], places, day.date(), path.name) for day in days]


def _days(column: pd.Series) -> pd.Series:
    """Dates of a column that may be categorical text; each distinct text is read once."""
    as_category = column.astype("category")
    days = pd.to_datetime(as_category.cat.categories.astype(str))
    return pd.Series(days.to_numpy()[as_category.cat.codes], index=column.index)


def _vintage(table: pd.DataFrame, places: tuple[str, ...], as_of: date, source: str) -> SurveillanceSeries:
    dates = np.arange(
        table["date"].min().to_datetime64().astype("datetime64[D]"),
        table["date"].max().to_datetime64().astype("datetime64[D]") + np.timedelta64(1, "D"),
    )
    counts = []
    for target in ("inc case", "inc death"):
        rows = table[table["target_variable"] == target]
        daily = np.full((len(places), len(dates)), np.nan)
        where = pd.Index(places).get_indexer(pd.Index(rows["location"].astype(str)))
        day = ((rows["date"].to_numpy().astype("datetime64[D]") - dates[0]) / np.timedelta64(1, "D")).astype(int)
        daily[where, day] = rows["value"].to_numpy(dtype=float)
        total = np.cumsum(np.nan_to_num(daily), axis=1)
        counts.append(np.where(np.isfinite(daily), total, np.nan))
    return SurveillanceSeries(places, dates, counts[0], counts[1], as_of, source)


def to_euro_hub(quantiles: FloatArray, places: tuple[str, ...], as_of: date) -> pd.DataFrame:
    """Quantiles (2, P, H, 23) in the format of the European COVID-19 Forecast Hub."""
    t, p, h, k = np.unravel_index(np.arange(quantiles.size), quantiles.shape)
    saturday = np.datetime64(last_complete_week_end(as_of), "D")
    ends = np.datetime_as_string(saturday + np.arange(1, quantiles.shape[2] + 1) * np.timedelta64(7, "D"))
    names = np.array([[f"{step} wk ahead inc {kind}" for step in range(1, quantiles.shape[2] + 1)]
                      for kind in ("case", "death")])  # fmt: skip
    frame = pd.DataFrame(
        {
            "forecast_date": as_of.isoformat(),
            "target": names[t, h],
            "target_end_date": ends[h],
            "location": np.array(places)[p],
            "type": "quantile",
            "quantile": QUANTILE_LEVELS[k],
            "value": quantiles.reshape(-1),
        }
    )
    return frame.dropna(subset=["value"])
