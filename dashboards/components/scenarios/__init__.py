"""What the page on scenarios is built of: its list, form, session and panels."""
