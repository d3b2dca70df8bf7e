"""The command `offhook`, also as `python -m offhook`: what can be said when the rest of it cannot be loaded."""

import sys
from contextlib import suppress

_LATER = 75


def main() -> None:
    """Run the command line.

    While the program or a package it needs is replaced by a newer one it cannot be loaded, and Python would end with 1,
    for which a mail server sends letters back. `offhook deliver` has it try again.
    """
    try:
        from offhook.cli import main as run
    except Exception as error:  # half a package fails in any way
        if "deliver" not in sys.argv[1:]:
            raise
        with suppress(OSError):  # nobody may be there to read it
            print(f"offhook: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(_LATER)
    run()


if __name__ == "__main__":
    main()
