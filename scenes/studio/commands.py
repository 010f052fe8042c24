"""The ``studio`` command and its list; what a command needs is imported when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click

from scenes.studio import doctor
from scenes.studio.errors import fail, one_clear_line


class Named(NamedTuple):
    """Where a command is written down, and what the list says of it."""

    module: str
    name: str
    help: str


COMMANDS = {
    "film": Named("studio.cli", "film", "Render what is not up to date."),
    "still": Named("studio.cli", "still", "Draw the picture at a beat's end."),
    "watch": Named("studio.watch", "watch", "Draw each beat anew as you change it."),
    "check": Named("proof.command", "check", "Prove the films right, or point at what is not."),
    "clips": Named("studio.cli", "cut_clips", "Cut films into clips, with sound and captions."),
    "page": Named("studio.cli", "make_page", "Make the lecture page: one offline web page."),
    "slides": Named("studio.cli", "make_slides", "Make a deck of the clips, one a slide."),
    "captions": Named("studio.cli", "write_captions", "Write captions of films and of beats."),
    "transcript": Named("studio.cli", "transcript", "Write the transcript, with stills."),
    "voices": Named("studio.cli", "voices", "List the voices, or hear one."),
    "record": Named("studio.record", "record", "Record the lines of a film in your own voice."),
    "new-lesson": Named("studio.cli", "new_lesson", "Copy the lesson to a file of your own."),
    "doctor": Named("studio.commands", "examine", "Say what is missing here, and what mends it."),
}


class _Commands(click.Group):
    """Commands that answer what goes wrong in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order in which they are of use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, imported now; where a library is missing, one line names the doctor."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        where = COMMANDS[cmd_name]
        try:
            command: click.Command = getattr(import_module(f"scenes.{where.module}"), where.name)
        except (ImportError, OSError) as problem:
            fail(missing(problem))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands; none is imported for that."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, where.help) for name, where in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run it; the exit code is 2 for a mistake, and 130 where it was interrupted."""
        try:
            with one_clear_line():
                return super().main(*args, **kwargs | {"standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as problem:
            click.echo(problem.format_message())
        except click.UsageError as problem:
            command = problem.ctx.command_path if problem.ctx else "studio"
            fail(f"{command}: {problem.format_message()} ({command} --help)")
        except click.Abort:
            raise SystemExit(130) from None


def missing(problem: Exception) -> str:
    """The line for a library that cannot be loaded."""
    return f"studio: {' '.join(str(problem).split())} (studio doctor says what mends it)"


@click.group(cls=_Commands, context_settings={"max_content_width": 100})
def main() -> None:
    """Make the films of "Backpropagation, seen", and take them along into a lecture."""


@click.command(name="doctor")
def examine() -> None:
    """Say what the films need of this computer, what is missing, and what mends it.

    Example: studio doctor
    """
    raise SystemExit(doctor.main())
