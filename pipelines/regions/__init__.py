"""A region goes in; its pack's files and its picture come out."""
