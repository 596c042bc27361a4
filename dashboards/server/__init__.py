"""Start, log-in, roles and the audit trail of the served pages."""
