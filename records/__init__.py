"""What people decide and say about editions, in a database: SQLite by default, PostgreSQL by URL (design §5)."""
