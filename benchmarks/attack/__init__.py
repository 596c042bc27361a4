"""Published files of a store go in; the bounds that an outsider can work out of withheld counts come out."""
