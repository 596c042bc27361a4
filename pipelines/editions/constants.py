"""What the tables of an edition and their readers count alike."""

pass


LAST_PERIODS = 4  # "the last weeks" that a trend and a surge compare with
