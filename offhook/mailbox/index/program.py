"""The clerk that keeps indexes: a program, started by `IndexClerk`."""

from offhook.mailbox.clerks import serve
from offhook.mailbox.index.tasks import IndexWork

if __name__ == "__main__":
    serve(IndexWork().carry_out)
