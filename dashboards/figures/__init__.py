"""Tables of an edition go in; Plotly figures come out, as pure functions."""
