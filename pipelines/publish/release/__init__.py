"""Approval, profiles, rollback and retention of editions."""
