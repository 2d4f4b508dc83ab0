"""Progress as commands show it: one look for all of them, on the terminal's error stream."""

import math
import time
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TaskProgressColumn, TextColumn

_PAUSE = 60.0  # seconds between two lines in a log
_LOOK_BACK = 300.0  # seconds from which is told how long the rest takes; a training moves twice a minute


def console() -> Console:
    """The error stream: what a command makes goes to the other one."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def bars(on: Console, *last: ProgressColumn) -> Progress:
    """A bar for each task, behind what it does; `last` are columns of the command's own."""
    return _Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        *last,
        console=on,
        speed_estimate_period=_LOOK_BACK,
        redirect_stdout=False,  # it would send what a pipe waits for to the terminal
    )


class _Bars(Progress):
    """And where they go to a file, in which no bar can grow, a line now and then."""

    _said = 0.0

    def start(self) -> None:
        self._said = time.monotonic()
        super().start()

    def update(self, task_id: TaskID, *more: Any, **changes: Any) -> None:
        super().update(task_id, *more, **changes)
        task = self._tasks[task_id]
        if self.console.is_terminal or not task.visible or time.monotonic() - self._said < _PAUSE:
            return
        self._said = time.monotonic()
        left = task.time_remaining
        rest = f", {timedelta(seconds=math.ceil(left))} left" if left else ""
        self.console.print(f"{task.description}; {task.percentage:.0f}%{rest}")
