"""Plotly figures as pure functions of an edition's tables; the pages only show them."""
