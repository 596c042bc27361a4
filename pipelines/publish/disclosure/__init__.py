"""Disclosure control: what of the observed counts may leave the institution (docs/safeguards.md)."""
