"""Where the ``studio`` command begins: nothing of Manim is imported here."""

from __future__ import annotations

import sys

from scenes.studio import doctor


def main() -> None:
    """Run the command; where a library is missing, say so in one line and name the doctor."""
    try:
        from scenes.proof.command import check
        from scenes.studio import cli
        from scenes.studio.record import record
    except (ImportError, OSError) as problem:
        if sys.argv[1:2] == ["doctor"]:
            raise SystemExit(doctor.main()) from None
        reason = " ".join(str(problem).split())
        sys.stderr.write(f"studio: {reason} (studio doctor says what mends it)\n")
        raise SystemExit(2) from None
    cli.main.add_command(check)
    cli.main.add_command(record)
    cli.main()
