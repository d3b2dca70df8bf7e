"""A box that is large enough to tell whether it was read."""

from pathlib import Path

import pytest

from tests.support.mbox_peer import FROM, PADDED, Peer


@pytest.fixture
def large(tmp_path: Path) -> Peer:
    peer = Peer(tmp_path / "box")
    peer.letters = [
        FROM + b"Subject: %d\n" % number + PADDED % (b"O", b"", b"") + b"\n" + b"text\n" * 4000 + b"\n"
        for number in range(200)
    ]
    peer.save()
    return peer
