"""Readers of published editions: Streamlit pages and the weekly briefing."""
