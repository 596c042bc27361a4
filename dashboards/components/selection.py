"""What a reader has chosen: in the URL, so that a view can be sent to a colleague, and kept from page to page."""

from collections.abc import Callable
from typing import Any

import streamlit as st

KEYS = [
    "region",
    "edition",
    "indicator",
    "horizon",
    "route",
    "nationality",
    "unit",
    "ahead",
    "compare",
    "level",
    "without",
]


def chosen(key: str) -> str | None:
    """A choice, the URL's before the session's; None where nothing was chosen."""
    value = st.query_params.get(key) or st.session_state.get(f"chosen_{key}")
    return str(value) if value else None


def view() -> dict[str, str]:
    """All choices that stand in the URL, for links that keep them."""
    return {key: value for key in KEYS if (value := chosen(key))}


def choose(**values: str | int | None) -> None:
    """Set choices; None takes one back."""
    for key, value in values.items():
        if key not in KEYS:
            raise KeyError(f"selection: expected one of {', '.join(KEYS)}, got '{key}'.")
        if value is None:
            st.session_state.pop(f"chosen_{key}", None)
            st.query_params.pop(key, None)
        else:
            st.session_state[f"chosen_{key}"] = str(value)
            if st.query_params.get(key) != str(value):
                st.query_params[key] = str(value)


def choices(key: str, label: str, options: dict[str, str], *, most: int) -> list[str]:
    """A box for several values that writes them to the URL, separated by commas; what isn't offered falls away.

    Args:
        key: One of `KEYS`.
        label: What the reader sees in the empty box.
        options: Value → text.
        most: At most so many values.
    """
    now = _listed(key, options)[:most]
    bound = _bound(key, now, options, lambda values: ",".join(values) or None)
    st.multiselect(label, list(options), placeholder=label, max_selections=most, **bound)
    choose(**{key: ",".join(now) or None})
    return now


def choice(key: str, label: str, options: dict[str, str], *, default: str) -> str:
    """A select box that writes its choice to the URL; a choice that isn't offered falls back to the default.

    Args:
        key: One of `KEYS`.
        label: What the reader sees above it.
        options: Value → text.
        default: A value of `options`.
    """
    asked = chosen(key)
    now = asked if asked in options else default
    st.selectbox(label, list(options), **_bound(key, now, options, str))
    choose(**{key: now})
    return now


def unticked(key: str, options: dict[str, str]) -> list[str]:
    """A tick box for each value; those that are ticked off, which stand in the URL, separated by commas.

    Args:
        key: One of `KEYS`.
        options: Value → what stands beside its box.
    """
    off = _listed(key, options)
    for value, text in options.items():
        box = f"box_{key}_{value}"
        if st.session_state.get(box) != (value not in off):
            st.session_state[box] = value not in off
        st.checkbox(text, key=box, on_change=_tick, args=(key, value, options))
    choose(**{key: ",".join(off) or None})
    return off


def _tick(key: str, value: str, options: dict[str, str]) -> None:
    off = set(_listed(key, options)) ^ {value}
    choose(**{key: ",".join(v for v in options if v in off) or None})


def _listed(key: str, options: dict[str, str]) -> list[str]:
    return [value for value in (chosen(key) or "").split(",") if value in options]


def _bound(key: str, now: object, options: dict[str, str], written: Callable[[Any], str | None]) -> dict[str, Any]:
    """A box's settings: it shows what is chosen now, and writes to the URL what the reader chooses."""
    widget = f"box_{key}"
    st.session_state[widget] = now  # each time: on another page it is another box, which would show its first option
    return {
        "key": widget,
        "format_func": lambda value: options.get(value, value),
        "label_visibility": "collapsed",
        "on_change": lambda: choose(**{key: written(st.session_state[widget])}),
    }
