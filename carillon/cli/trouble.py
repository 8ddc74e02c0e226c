"""What goes wrong on the command line in a way that people can mend."""

from __future__ import annotations


class Trouble(Exception):
    """One or two sentences: what is wrong, and the way out."""
