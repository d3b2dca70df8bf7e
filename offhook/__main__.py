"""`python -m offhook`: the same as the command `offhook`."""

from offhook.cli import main

main()
