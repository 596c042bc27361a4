"""What the rows of a delivery say together: copies, contradictions, and wholes of which a part was refused.

A sum of which a part was refused is no whole: the part stays in the table as an unknown figure (`invalid`), so that the
sum is unknown or a lower bound, until a delivery says it.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipelines.observations.schema import COLUMNS, KEY, QUARANTINE_SCHEMA, TOTAL

COPY = "the same figure stands in the file twice"
LOST = "invalid"  # why a refused figure is unknown
ENDED = "closed"  # nothing is left to be told of it: a later, whole delivery of its group does without it
# a refused row, what is known of its figure, and whether that says which figure it is
REFUSED = (*QUARANTINE_SCHEMA.names, *(k for k in KEY if k not in QUARANTINE_SCHEMA.names), "as_of", "lost")
_GROUP = [k for k in KEY if k != "nationality"]  # one figure over all nationalities
_COLUMN = re.compile(r"column '.*'")


def settle_copies(rows: pd.DataFrame, unread: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take out rows about one figure and day: true copies but the first, and all of those whose counts differ.

    Args:
        rows: Canonical columns and `line`; a revision has an `as_of` of its own.
        unread: What of the file was not read: a column among it may be what the rows differ in.

    Returns:
        The rows that stay, and the others with the columns of `REFUSED`.
    """
    figure = [rows[k] for k in (*KEY, "as_of")]
    among = rows.duplicated([*KEY, "as_of"], keep=False)
    reasons = pd.Series("", index=rows.index, dtype=object)
    if among.any():
        code = rows[among].groupby([f[among] for f in figure], dropna=False, sort=False).ngroup()
        said = rows.loc[among, ["count", "count_upper"]].astype(float)
        differ = said.groupby(["count", "count_upper"], dropna=False).ngroup().groupby(code).transform("nunique") > 1
        size = code.groupby(code).transform("size")
        reasons[code.index[differ]] = [_contradiction(n, unread) for n in size[differ]]
        reasons[code.index[~differ & code.duplicated()]] = COPY
    bad = reasons != ""
    refused = rows[bad].assign(reason=reasons[bad], lost=reasons[bad] != COPY, column=None)
    refused["file"] = None
    return rows[~bad], refused[[*REFUSED]]


def _contradiction(rows: int, unread: Sequence[str]) -> str:
    columns = [u for u in unread if _COLUMN.fullmatch(u)]
    if not columns:
        return f"{rows} rows with different counts for one figure. Add them up, or send the one that holds"
    names = ", ".join(columns)
    over = "it" if len(columns) == 1 else "them"
    return (
        f"{rows} rows with different counts for one figure; not read: {names}. Add them up over {over} "
        "('add_up_over' in a mapping file), or send the one that holds"
    )


def lost_parts(kept: pd.DataFrame, refused: pd.DataFrame) -> pd.DataFrame:
    """The rows that were taken, with what was refused of their wholes.

    A refused row whose figure was taken from another row leaves that one a lower bound (its count has a reason).
    Otherwise its figure is told as unknown, in a row with `line` 0; where a total of all nationalities was taken, that
    one is known whatever its parts are.

    Args:
        kept: Canonical columns and `line`, no figure twice.
        refused: Columns of `REFUSED`.
    """
    lost = refused[refused["lost"].fillna(False).astype(bool)].drop_duplicates([*KEY, "as_of"])
    if lost.empty:
        return kept
    both = pd.concat([kept[[*KEY, "as_of"]], lost[[*KEY, "as_of"]]], ignore_index=True)
    taken = np.arange(len(both)) < len(kept)
    figure, group = (both.groupby(k, dropna=False, sort=False).ngroup() for k in ([*KEY, "as_of"], [*_GROUP, "as_of"]))
    bound = figure[taken].isin(figure[~taken]).to_numpy()
    silent = (kept["missing_reason"].isna() & kept["count"].notna()).to_numpy()
    out = kept.assign(missing_reason=kept["missing_reason"].astype(object).mask(bound & silent, LOST))
    total = (both["nationality"] == TOTAL) & taken
    covered = group.isin(group[total]) & (both["nationality"] != TOTAL) | figure.isin(figure[taken])
    unknown = lost[~covered[~taken].to_numpy()]
    rows = unknown.assign(count=np.nan, missing_reason=LOST, count_upper=pd.NA, status="final", line=0)
    rows = rows.assign(as_of_assumed=False)[[*COLUMNS, "line"]]
    return pd.concat([out, rows.astype(out.dtypes.to_dict())], ignore_index=True) if len(rows) else out


def mended(incoming: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """Rows that end unknown figures of refused rows, because a whole delivery now tells their group without them.

    Whole: none of the group's rows was refused, and every nationality is told of which the store knows a count.

    Args:
        incoming: A delivery's rows with the day on which each was known, and those of `lost_parts`.
        stored: All vintages that the store holds of its source.
    """
    newest = stored.sort_values("as_of", kind="stable").drop_duplicates(list(KEY), keep="last")
    newest = newest[~((newest["missing_reason"] == ENDED) & newest["count"].isna())]
    pending = newest["count"].isna() & (newest["missing_reason"] == LOST)
    if not pending.any() or incoming.empty:
        return incoming.iloc[:0]
    both = pd.concat([t[list(KEY)].astype(object) for t in (newest, incoming)], ignore_index=True)
    figure, group = (both.groupby(k, dropna=False, sort=False).ngroup().to_numpy() for k in (list(KEY), _GROUP))
    told, held = slice(len(newest), None), slice(len(newest))
    broken = group[told][(incoming["missing_reason"] == LOST).to_numpy()]
    untold = group[held][(newest["count"].notna().to_numpy()) & ~np.isin(figure[held], figure[told])]
    whole = np.setdiff1d(group[told], np.concatenate([broken, untold]))
    ends = pending.to_numpy() & np.isin(group[held], whole) & ~np.isin(figure[held], figure[told])
    days = (
        incoming.assign(_group=group[told]).sort_values("as_of", kind="stable").drop_duplicates("_group", keep="last")
    )
    days = days.set_index("_group")[["as_of", "as_of_assumed"]].loc[group[held][ends]]
    rows = newest[ends].assign(missing_reason=ENDED, as_of=days["as_of"].to_numpy())
    return rows.assign(as_of_assumed=days["as_of_assumed"].to_numpy())[list(incoming.columns)]
