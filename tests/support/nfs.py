"""A file server and its client in one virtual machine: the kernel's own nfsd, and its files by NFSv3 and by NFSv4.2.

`SETUP` is run inside, as root: the folder `SERVED` is what the mail server has, on ext4; each of `MOUNTS` is the same
folder as a client has it, with the mount options that are the default.
"""

from pathlib import Path

MODULES = ("crc32c_generic", "loop", "ext4", "nfsd", "nfsv3", "nfsv4")
"""Of the kernel, for such a machine."""
SERVED = Path("/srv/mail")
MOUNTS = {"3": Path("/mnt/v3"), "4.2": Path("/mnt/v4")}
"""Version -> where it is mounted."""
MOUNT = {"3": f"-o vers=3 127.0.0.1:{SERVED}", "4.2": "-o vers=4.2 127.0.0.1:/"}
"""Version -> how; with `fsid=0` the folder is the root of what NFSv4 shows."""

_SETUP = f"""\
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1
hostname mailserver
ip link set lo up
mkdir -p /run/disk {SERVED}
mount -t tmpfs tmpfs /run/disk
truncate -s 256M /run/disk/image
mkfs.ext4 -q -F /run/disk/image
mount -o loop /run/disk/image {SERVED}
echo '{SERVED} 127.0.0.1(rw,sync,no_root_squash,no_subtree_check,insecure,fsid=0)' >/etc/exports
mount -t nfsd nfsd /proc/fs/nfsd
rpcbind -w
rpc.statd
for place in /proc/fs/nfsd/nfsv4gracetime /proc/fs/nfsd/nfsv4leasetime /proc/sys/fs/nfs/nlm_grace_period; do
    echo 10 >$place
done
exportfs -a
rpc.mountd
rpc.nfsd 4
"""
SETUP = _SETUP + "".join(
    f"mkdir -p {MOUNTS[version]}\nmount -t nfs {options} {MOUNTS[version]}\n" for version, options in MOUNT.items()
)
"""Shell commands, which end the shell where one of them fails."""
