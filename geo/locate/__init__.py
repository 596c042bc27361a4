"""A point, a name or a coarser place goes in; segments and cells with their shares come out."""
