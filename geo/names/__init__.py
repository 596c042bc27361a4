"""names: a name folded for comparison, whatever its script; countries as providers write them → alpha-3 codes."""
