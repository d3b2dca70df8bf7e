"""A virtual machine with a real kernel: Debian's, under QEMU without hardware help, on this machine's files, read-only.

It may have a USB adapter that QEMU plays and the kernel's own ftdi_sio drives, so that a serial line goes through a
real driver, and further modules of the kernel. `fetch` is run once; it puts the kernel into the cache.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import path_of

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "offhook-vm"
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
ADAPTER = ("xhci_pci", "ftdi_sio")
_INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /lower /over /new
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
for module in $(/bin/busybox cat /modules); do /bin/busybox insmod /lib/$module; done
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose root /lower
/bin/busybox mount -t tmpfs tmpfs /over
/bin/busybox mkdir /over/up /over/work
/bin/busybox mount -t overlay -o lowerdir=/lower,upperdir=/over/up,workdir=/over/work overlay /new
for place in proc sys dev; do /bin/busybox mount --move /$place /new/$place; done
/bin/busybox mount -t tmpfs tmpfs /new/run
/bin/busybox mkdir -p /new/run/lock /new/dev/pts
/bin/busybox mount -t devpts devpts /new/dev/pts
echo "guest: $(/bin/busybox uname -r)"
exec /bin/busybox chroot /new /bin/sh -c "$(/bin/busybox cat /command)"
"""


def fetch() -> Path:
    """The folder of the unpacked kernel package; it is downloaded the first time."""
    found = sorted(CACHE.glob("kernel/boot/vmlinuz-*"))
    if not found:
        CACHE.mkdir(parents=True, exist_ok=True)
        listed = subprocess.run(
            ["apt-cache", "depends", "linux-image-amd64"], check=True, capture_output=True, text=True
        )
        package = next(
            word for word in listed.stdout.split() if word.startswith("linux-image-") and word[12:13].isdigit()
        )
        subprocess.run(["apt-get", "download", package], check=True, cwd=CACHE)
        (archive,) = CACHE.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", str(archive), str(CACHE / "kernel")], check=True)
        archive.unlink()
        version = package.removeprefix("linux-image-")
        subprocess.run([path_of("depmod"), "-b", str(CACHE / "kernel"), version], check=True)
    return CACHE / "kernel"


def _modules(kernel: Path, version: str, names: Sequence[str]) -> list[Path]:
    """The files of the modules wanted, and of those that they need, in the order to load them."""
    files: list[Path] = []
    for name in names:
        command = [path_of("modprobe"), "-d", str(kernel), "-S", version, "--show-depends", name]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for line in shown.splitlines():
            if line.startswith("insmod "):
                file = Path(line.split()[1])
                files += [] if file in files else [file]
    return files


def _archive(files: dict[str, tuple[int, bytes]]) -> bytes:
    """An initramfs (cpio, newc) with these files, each with its mode."""
    packed = bytearray()
    for number, (name, (mode, data)) in enumerate([*files.items(), ("TRAILER!!!", (0, b""))]):
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        packed += b"070701" + b"".join(b"%08X" % value for value in fields) + name.encode() + b"\0"
        packed += bytes(-len(packed) % 4)
        packed += data
        packed += bytes(-len(packed) % 4)
    return bytes(packed)


class VirtualMachine:
    """A running machine: what its console shows, and its USB adapter."""

    def __init__(self, process: "subprocess.Popen[bytes]", console: Path, monitor: Path) -> None:
        self.process = process
        self._console = console
        self._monitor = monitor

    def said(self) -> str:
        """All that its console has shown."""
        return self._console.read_text(errors="replace")

    def until(self, text: str, times: int = 1, patience: float = 120) -> None:
        """Wait until the console has shown `text` so many times."""
        deadline = time.monotonic() + patience
        while self.said().count(text) < times:
            assert self.process.poll() is None, f"the machine has ended:\n{self.said()[-5000:]}"
            assert time.monotonic() < deadline, f"waited in vain for {text!r}:\n{self.said()[-5000:]}"
            time.sleep(0.1)

    def unplug(self) -> None:
        """Take the adapter out."""
        self._order("device_del", id="adapter")

    def plug_in(self) -> None:
        """Put it back."""
        self._order("device_add", driver="usb-serial", id="adapter", chardev="line")

    def _order(self, command: str, **arguments: str) -> None:
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(10)
            monitor.connect(str(self._monitor))
            stream = monitor.makefile("rw")
            stream.readline()
            for order in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                stream.write(json.dumps(order) + "\n")
                stream.flush()
                while "return" not in (answer := json.loads(stream.readline())):
                    assert "error" not in answer, answer


@contextmanager
def virtual_machine(
    folder: Path, command: str, line: tuple[str, int] | None = None, modules: Sequence[str] = ()
) -> Iterator[VirtualMachine]:
    """A machine that runs `command` by its shell as root, with these modules loaded.

    With `line` it has a USB adapter whose line is a connection to that address.
    """
    kernel = fetch()
    (image,) = sorted(kernel.glob("boot/vmlinuz-*"))
    version = image.name.removeprefix("vmlinuz-")
    loaded = _modules(kernel, version, (*MODULES, *(ADAPTER if line else ()), *modules))
    files = dict.fromkeys(("bin", "lib"), (16877, b""))
    files["init"] = (0o100755, _INIT.encode())
    files["bin/busybox"] = (0o100755, Path(path_of("busybox")).read_bytes())
    files["command"] = (0o100644, command.encode())
    files["modules"] = (0o100644, "\n".join(module.name for module in loaded).encode())
    files |= {f"lib/{module.name}": (0o100644, module.read_bytes()) for module in loaded}
    initramfs, console, monitor = folder / "initramfs", folder / "console", folder / "qmp"
    initramfs.write_bytes(_archive(files))
    console.write_bytes(b"")
    arguments = ["-accel", "tcg", "-m", "1024", "-display", "none", "-vga", "none", "-nic", "none", "-no-reboot"]
    arguments += ["-kernel", str(image), "-initrd", str(initramfs), "-append", "console=ttyS0 quiet panic=-1"]
    arguments += ["-serial", f"file:{console}", "-qmp", f"unix:{monitor},server=on,wait=off"]
    arguments += ["-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"]
    arguments += ["-device", "virtio-9p-pci,fsdev=root,mount_tag=root"]
    if line:
        arguments += ["-device", "qemu-xhci", "-chardev", f"socket,id=line,host={line[0]},port={line[1]}"]
        arguments += ["-device", "usb-serial,chardev=line,id=adapter"]
    with (folder / "qemu.out").open("wb") as out:
        process = subprocess.Popen(
            [path_of("qemu-system-x86_64"), *arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield VirtualMachine(process, console, monitor)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    print(fetch())
    sys.exit(0)
