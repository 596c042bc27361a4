"""What pages are built of: the only rooms but the pages that know Streamlit."""
