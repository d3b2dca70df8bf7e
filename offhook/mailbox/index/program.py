"""The clerk that keeps indexes: a program, started by `IndexClerk`."""

import gc

from offhook.mailbox.clerks import serve
from offhook.mailbox.index.tasks import IndexWork

if __name__ == "__main__":
    gc.set_threshold(200_000, 20, 100)  # nothing here makes cycles, and a first look makes objects by the million
    serve(IndexWork().carry_out)
