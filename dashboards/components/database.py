"""What pages keep and read in the database; where it is out of reach the page says so and goes on."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboards.components.cached_editions import store
from dashboards.wording import formats as words, records as texts
from records.database import Database, DatabaseError, exists, open_database

P = ParamSpec("P")
T = TypeVar("T")


def read(default: T, ask: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function of `records` finds; the default where nothing was ever kept, or the database is out of reach."""
    address = store().database
    if not exists(address):
        return default
    try:
        return ask(open_database(address), *args, **kwargs)
    except DatabaseError as error:
        _tell(error)
        return default


def keep(change: Callable[Concatenate[Database, P], object], *args: P.args, **kwargs: P.kwargs) -> bool:
    """Run a function of `records` that changes something; False, and said on the page, where it could not."""
    try:
        change(open_database(store().database), *args, **kwargs)
    except DatabaseError as error:
        _tell(error)
        return False
    return True


def _tell(error: DatabaseError) -> None:
    st.warning(texts.OUT_OF_REACH.format(problem=words.escaped(str(error))))
