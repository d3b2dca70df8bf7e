"""Programs that take calls: each on a pty of its own, under a named user, started without a shell."""

from offhook.virtual_lines.programs.hall import ProgramHall
from offhook.virtual_lines.programs.program import ProgramUser, RunnableProgram, user_named, why_not_as

__all__ = ["ProgramHall", "ProgramUser", "RunnableProgram", "user_named", "why_not_as"]
