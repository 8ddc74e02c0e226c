"""The command line `carillon`: which commands there are, and how a trouble is told."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from carillon.asterisk.engine import EngineError
from carillon.cli.trouble import Trouble, disk_full, forget_byte_code, is_disk_full

#: Command -> what it does. Its module carillon.cli.<command> has arguments(parser) and run(options).
COMMANDS = {
    "up": "start and supervise everything on this machine",
    "web": "serve the portal",
    "callcontrol": "decide calls (one worker)",
    "worker": "send mail and do background jobs",
    "asterisk": "run the engine",
    "demo": "run the demo phones and carrier, or have the carrier call a number",
    "status": "tell processes, ports, versions and how to register a phone",
    "simulate": "decide a call without calling",
    "setup": "prepare database and demo world",
    "migrate": "bring the database to this version",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a known trouble is one sentence on the error stream and status 1."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except (Trouble, EngineError, ImproperlyConfigured) as error:
        print(f"Trouble: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if is_disk_full(error):
            print(f"Trouble: {disk_full()}", file=sys.stderr)
            forget_byte_code()
        elif isinstance(error, DatabaseError):
            print(f"Trouble: The database does not do what was asked: {str(error).strip()}", file=sys.stderr)
        else:
            raise
    return 1


def _run(words: Sequence[str]) -> int:
    """Read the words, and run the module of the command that they begin with."""
    parser = argparse.ArgumentParser(prog="carillon", description="Carillon, a cloud telephony system.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carillon.settings")
    if words and words[0] in COMMANDS:
        django.setup()
    for name, words_of_help in COMMANDS.items():
        sub = commands.add_parser(name, help=words_of_help, description=words_of_help)
        if words and words[0] == name:
            module = importlib.import_module(f"carillon.cli.{name}")
            module.arguments(sub)
    options = parser.parse_args(words)
    return int(module.run(options) or 0)
