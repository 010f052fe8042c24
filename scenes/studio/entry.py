"""Where the ``studio`` command begins, also where a library of its own is missing."""

from __future__ import annotations

import sys

from scenes.studio import doctor


def main() -> None:
    """Run the command; without even its parser, only the doctor answers."""
    try:
        from scenes.studio import commands
    except ImportError as problem:
        if sys.argv[1:2] == ["doctor"]:
            raise SystemExit(doctor.main()) from None
        sys.stderr.write(f"studio: {problem} (studio doctor says what mends it)\n")
        raise SystemExit(2) from None
    commands.main()
