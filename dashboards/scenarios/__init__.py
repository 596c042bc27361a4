"""A comparison goes in; its words and tables come out, without Streamlit."""
