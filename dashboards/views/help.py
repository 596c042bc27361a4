"""What the words, colours and numbers mean, and what they must not be used for."""

import pandas as pd
import streamlit as st

from dashboards.components.page_frame import close_view, open_view
from dashboards.edition_view.file_notes import purpose_of
from dashboards.wording import formats as words, help as texts


def main() -> None:
    """The explanations, with the scale of probability words as a table."""
    facts = open_view(titled=())
    manifest = facts.edition.manifest
    st.markdown(texts.HELP_ASKED)
    scale = [(word, f"{low}–{high} %") for word, low, high, _ in words.YARDSTICK]
    st.table(pd.DataFrame(scale, columns=list(texts.HELP_WORDS.values())).set_index(texts.HELP_WORDS["word"]))
    told = texts.HELP_PURPOSE.format(purpose=words.escaped(purpose_of(manifest)))
    st.markdown(texts.HELP_MORE.format(rule=words.GAP_RULE, purpose=told))
    if manifest.get("footnote"):
        st.markdown(texts.HELP_FOOTNOTE.format(footnote=words.escaped(str(manifest["footnote"]))))
    close_view(facts)


main()
