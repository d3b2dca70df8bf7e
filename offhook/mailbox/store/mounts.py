"""Which folders lie on file servers: there the time of a folder may be old by half a minute."""

import os
from pathlib import Path

_REMOTE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "gfs2", "ocfs2", "lustre", "glusterfs"}
)
_MOUNTS = Path("/proc/self/mountinfo")


def is_remote(path: str) -> bool:
    """Whether a folder is on a file server, or on something that may be one (FUSE); no if nobody can say.

    One that is not there will be where the nearest folder above it is.
    """
    try:
        device = os.stat(_nearest(path)).st_dev
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        words = fields.split()
        if len(words) > 2 and words[2] == wanted:
            kind = rest.partition(" ")[0]
            return kind in _REMOTE or kind.startswith("fuse")
    return False


def _nearest(path: str) -> str:
    """The path, or of the folders above it the first that is there."""
    path = os.path.abspath(path)
    while not os.path.exists(path) and path != "/":
        path = os.path.dirname(path)
    return path
