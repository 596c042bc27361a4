"""The scenarios of one visit: kept in the session, and in the address so that a view can be sent to a colleague."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

KEY = "scenarios"  # of the address
KEPT, COMPARED, CHANGED = "scenarios_kept", "scenarios_compared", "scenarios_read_from"
NAME_BOX, DIVERT_BOX, WAIT_BOX = "scenario_name", "scenario_divert", "scenario_wait"
STAYING = (COMPARED, NAME_BOX, DIVERT_BOX, WAIT_BOX)
MAX_KEPT = 12
MAX_LINK = 6_000  # characters; longer addresses are cut by some programs
MAX_TEXT = 100_000  # characters of one scenario


@dataclass(frozen=True)
class Kept:
    """A scenario as its author wrote it; the text is valid."""

    name: str
    text: str


class LinkError(ValueError):
    """An address holds what is no list of scenarios."""


def encoded(texts: Iterable[str]) -> str:
    """Texts as one part of an address; made the same way every time.

    >>> decoded(encoded(["name: A", "name: B"]))
    ['name: A', 'name: B']
    """
    return ".".join(base64.urlsafe_b64encode(zlib.compress(t.encode(), 9)).decode().rstrip("=") for t in texts)


def decoded(link: str) -> list[str]:
    """Texts out of an address; what would unpack to more than a scenario may hold is refused.

    Raises:
        LinkError: it is not what `encoded` makes.
    """
    if len(link) > 4 * MAX_LINK:
        raise LinkError
    return [_unpacked(part) for part in link.split(".") if part][:MAX_KEPT]


def _unpacked(part: str) -> str:
    unpack = zlib.decompressobj()
    try:
        packed = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        text = unpack.decompress(packed, MAX_TEXT).decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise LinkError from error
    if not unpack.eof:
        raise LinkError
    return text


def stay() -> None:
    """Keep what was chosen and typed while other pages are looked at: Streamlit forgets boxes that are not drawn."""
    for key in STAYING:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def kept() -> list[Kept]:
    """All scenarios of the visit, oldest first."""
    return list(st.session_state.get(KEPT, ()))


def compared() -> list[Kept]:
    """Those that are set side by side, in the order in which they were made."""
    chosen = st.session_state.get(COMPARED) or ()
    return [k for k in kept() if k.name in chosen]


def put(name: str, text: str) -> bool:
    """Keep a scenario and set it beside the others; False where there are too many. One of the same name gives way."""
    others = [k for k in kept() if k.name != name]
    if len(others) >= MAX_KEPT:
        return False
    st.session_state[KEPT] = [*others, Kept(name, text)]
    st.session_state[COMPARED] = [*(n for n in st.session_state.get(COMPARED) or () if n != name), name]
    return True


def remove(name: str) -> None:
    """Take a scenario off the list."""
    st.session_state[KEPT] = [k for k in kept() if k.name != name]
    st.session_state[COMPARED] = [n for n in st.session_state.get(COMPARED) or () if n != name]


def write_link(chosen: Sequence[Kept]) -> bool:
    """Put what is set side by side into the address; False where it is too long for one."""
    link = encoded(k.text for k in chosen)
    fits = len(link) <= MAX_LINK
    if chosen and fits:
        if st.query_params.get(KEY) != link:
            st.query_params[KEY] = link
    else:
        st.query_params.pop(KEY, None)
    st.session_state[CHANGED] = link
    return fits


def linked() -> list[str]:
    """Texts in the address that this visit has not read yet.

    Raises:
        LinkError: the address holds something else.
    """
    link = st.query_params.get(KEY) or ""
    if not link or link == st.session_state.get(CHANGED):
        return []
    st.session_state[CHANGED] = link
    return decoded(link)
