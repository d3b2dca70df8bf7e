"""The work on indexes asked for by many threads at once, with the index removed and closed between: nothing crashes."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from offhook.mailbox.index.database import remove
from offhook.mailbox.index.tasks import IndexWork, Task
from offhook.mailbox.maildir import MaildirSurvey

THREADS = 6
ROUNDS = 25


def test_threads_that_ask_close_and_remove_at_once_have_answers_and_no_crash(tmp_path: Path):
    work = IndexWork(in_child=False)
    tasks = []
    for number in range(2):
        maildir = tmp_path / f"maildir{number}"
        for part in ("tmp", "new", "cur"):
            (maildir / part).mkdir(parents=True)
        for letter in range(20):
            (maildir / f"new/17000000{letter:02}.M1P1.h").write_bytes(b"Subject: %d\n\nword%d\n" % (letter, letter))
        survey = MaildirSurvey(str(maildir))
        tasks += [Task(doing, str(tmp_path / f"{number}.index"), survey) for doing in ("look", "build")]

    def ask(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(ROUNDS):
            task = chance.choice(tasks)
            match chance.randrange(8):
                case 0:
                    work.close()
                case 1:
                    remove(task.file)
                case _:
                    work.do(task)

    with ThreadPoolExecutor(THREADS) as threads:
        assert len(list(threads.map(ask, range(THREADS)))) == THREADS
    for task in tasks:
        remove(task.file)
        assert work.do(task).done
    work.close()
