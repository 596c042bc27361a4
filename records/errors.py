"""What can go wrong with the database; apart, so that a command can name it without loading the drivers."""


class DatabaseError(Exception):
    """The database can't be used: unreachable, newer than the program, or its address is wrong. Exit code 3."""
