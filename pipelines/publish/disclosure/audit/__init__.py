"""Published tables go in; the bounds that an outsider can work out come out."""
