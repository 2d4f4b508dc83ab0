"""Progress as commands show it: one look for all of them, on the terminal's error stream."""

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn


def console() -> Console:
    """The error stream: what a command makes goes to the other one."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def bars(on: Console, *last: ProgressColumn) -> Progress:
    """A bar for each task, behind what it does; `last` are columns of the command's own."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        *last,
        console=on,
        redirect_stdout=False,  # it would send what a pipe waits for to the terminal
    )
