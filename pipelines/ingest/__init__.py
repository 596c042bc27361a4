"""A provider's file goes in; observations, and quarantine with its reasons, come out."""
