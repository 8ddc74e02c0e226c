"""What goes wrong on the command line in a way that people can mend."""

from __future__ import annotations


class Trouble(Exception):  # noqa: N818 - it is printed as "Trouble: ..."
    """One or two sentences: what is wrong, and the way out."""
