"""One module per source; each turns a provider's file into canonical observations."""
