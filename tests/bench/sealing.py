"""Sealing and opening, beside the bare cipher call, other tools, and what the machine can do.

Everything is CPU time, for the machine may be shared; a command's is that of its process. Files lie
in memory where the system has such a folder. The bound of a file is a plain copy and then the bare
cipher, one after the other, as `openssl speed` measures it.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import psutil
import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from storage import age, age_keys, age_payload
from storage.blobs import DiskBlobs
from tests.bench.table import Row, Wanted

ROUNDS = 9
ENTRY = 1024
ENTRIES = 300
MIB = 1 << 20
FILE = 256 * MIB
LONG_FILE = 2048 * MIB
MEMORY = Path("/dev/shm")
BLOB = bytes(16)
PQ_VERSION = (1, 3)  # the first `age` with post-quantum recipients

ME = age.Identity.generate()
CLASSIC = pyrage.x25519.Identity.generate()


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that some work takes, here and in the processes it waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.process_time()
    work()
    took = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took + after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def medians(trials: dict[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """Run each trial once a round, round after round; the first round only warms up."""
    found: dict[str, list[float]] = {name: [] for name in trials}
    for number in range(rounds + 1):
        for name, trial in trials.items():
            value = trial()
            if number:
                found[name].append(value)
    return {name: median(values) for name, values in found.items()}


def entry_rows(rounds: int) -> list[Row]:
    """Measure an entry of 1 KiB beside the one HPKE call that it cannot do without."""
    recipient, plaintext = ME.recipient, os.urandom(ENTRY)
    key, secret = recipient._key, ME._key  # noqa: SLF001 - the bare call needs the bare key
    suite, info = age_keys.SUITE, age_keys.INFO
    sealed, bare = age.seal(plaintext, [recipient]), suite.encrypt(plaintext, key, info)
    calls: dict[str, Callable[[], object]] = {
        "seal": lambda: age.seal(plaintext, [recipient]),
        "bare seal": lambda: suite.encrypt(plaintext, key, info),
        "open": lambda: age.open(sealed, [ME]),
        "bare open": lambda: suite.decrypt(bare, secret, info),
    }

    def trial(call: Callable[[], object]) -> Callable[[], float]:
        return lambda: cpu(lambda: [call() for _ in range(ENTRIES)]) / ENTRIES * 1e6

    took = medians({name: trial(call) for name, call in calls.items()}, rounds)
    return [
        Row(
            what=what,
            than=than,
            ours=took[name],
            beside=took[f"bare {name}"],
            unit="µs CPU",
            wanted=Wanted("≤", 1.6),
        )
        for name, what, than in (
            ("seal", "sealing an entry of 1 KiB", "bare Suite.encrypt"),
            ("open", "opening an entry of 1 KiB", "bare Suite.decrypt"),
        )
    ]


class Files:
    """A file of random bytes, sealed and opened by each of the tools that are here."""

    def __init__(self, folder: Path) -> None:
        self.plain, self.out = folder / "plain", folder / "out"
        self.sealed = folder / "sealed.age"
        self.blobs = DiskBlobs(folder)
        with self.plain.open("wb") as file:
            for _ in range(FILE // MIB):
                file.write(os.urandom(MIB))
        with self.plain.open("rb") as source, self.sealed.open("wb") as sink:
            age.seal_stream(source, sink, [ME.recipient])

    def trials(self) -> dict[str, Callable[[], float]]:
        """Return what is measured, in MiB a CPU second."""
        works: dict[str, Callable[[], object]] = {
            "seal": lambda: self._through(self.plain, _seal),
            "as it comes": self._as_it_comes,
            "hashed copy": lambda: self._through(self.plain, _hashed_copy),
            "open": lambda: self._through(self.sealed, _open),
            "copy": lambda: self._through(self.plain, _copy),
            "pyrage.encrypt_file": self._pyrage,
        } | self._commands()

        def trial(work: Callable[[], object]) -> Callable[[], float]:
            def measured() -> float:
                self.out.unlink(missing_ok=True)
                return FILE / MIB / cpu(work)

            return measured

        return {name: trial(work) for name, work in works.items()} | {"cipher": cipher_speed}

    def _through(self, source: Path, work: Callable[[BinaryIO, BinaryIO], None]) -> None:
        with source.open("rb", buffering=0) as file, self.out.open("wb", buffering=0) as sink:
            work(cast("BinaryIO", file), cast("BinaryIO", sink))

    def _as_it_comes(self) -> None:
        """Do what a file that a person sends goes through: hashed, sealed, hashed, kept."""
        plain, sealed = sha256(), sha256()
        sealing = age.Sealing([ME.recipient])
        with self.plain.open("rb", buffering=0) as file, self.blobs.begin(BLOB) as writer:

            def put(data: bytes) -> None:
                sealed.update(data)
                writer.write(data)

            put(sealing.begin())
            while piece := file.read(age_payload.CHUNK):
                plain.update(piece)
                put(sealing.update(piece))
            put(sealing.finish())
            writer.finish()

    def _pyrage(self) -> None:
        pyrage.encrypt_file(str(self.plain), str(self.out), [CLASSIC.to_public()])

    def _commands(self) -> dict[str, Callable[[], object]]:
        """Return the age commands on this computer; rage has no post-quantum recipients yet."""
        commands = {"rage": str(CLASSIC.to_public())} if shutil.which("rage") else {}
        if _age_version() >= PQ_VERSION:
            commands["age"] = str(ME.recipient)
        return {name: self._command(name, recipient) for name, recipient in commands.items()}

    def _command(self, name: str, recipient: str) -> Callable[[], object]:
        arguments = [name, "-r", recipient, "-o", str(self.out), str(self.plain)]
        return lambda: subprocess.run(arguments, check=True, capture_output=True)


def _seal(source: BinaryIO, sink: BinaryIO) -> None:
    age.seal_stream(source, sink, [ME.recipient])


def _open(source: BinaryIO, sink: BinaryIO) -> None:
    age.open_stream(source, sink, [ME])


def _hashed_copy(source: BinaryIO, sink: BinaryIO) -> None:
    """Copy with the two hashes that a file needs besides its sealing."""
    plain, sealed = sha256(), sha256()
    while piece := source.read(MIB):
        plain.update(piece)
        sealed.update(piece)
        sink.write(piece)


def _copy(source: BinaryIO, sink: BinaryIO) -> None:
    shutil.copyfileobj(source, sink, MIB)


def _age_version() -> tuple[int, ...]:
    if shutil.which("age") is None:
        return ()
    said = subprocess.run(["age", "--version"], check=True, capture_output=True, text=True).stdout
    return tuple(map(int, re.findall(r"\d+", said)))


def cipher_speed() -> float:
    """Return MiB a CPU second of ChaCha20-Poly1305 on chunks, by `openssl speed` if it is here."""
    if shutil.which("openssl") is None:
        cipher, chunk = ChaCha20Poly1305(bytes(32)), bytes(age_payload.CHUNK)
        into = bytearray(age_payload.SEALED_CHUNK)
        count = FILE // age_payload.CHUNK
        took = cpu(
            lambda: [cipher.encrypt_into(bytes(12), chunk, None, into) for _ in range(count)]
        )
        return FILE / MIB / took
    command = ["openssl", "speed", "-evp", "chacha20-poly1305", "-seconds", "1"]
    command += ["-bytes", str(age_payload.CHUNK)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"([\d.]+)k\b", said)[-1]) * 1000 / MIB


def file_rows() -> list[Row]:
    """Measure a file of 256 MiB beside its bound and each peer."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        speed = medians(Files(Path(folder)).trials())
    ours, copy = speed.pop("seal"), speed.pop("copy")
    opened = speed.pop("open")
    cipher = speed.pop("cipher")
    bound = 1 / (1 / copy + 1 / cipher)
    hashed = 1 / (1 / speed.pop("hashed copy") + 1 / cipher)
    pushed = speed.pop("as it comes")
    sealing, ahead = "sealing 256 MiB, file to file", Wanted(">", 1)
    beside = [
        (sealing, "the bound: a copy and openssl speed", ours, bound, Wanted("≥", 0.9)),
        ("opening 256 MiB, file to file", "the same", opened, bound, None),
        (
            "a file of 256 MiB as it comes: hashed, sealed, hashed, kept",
            "the bound: a copy, two SHA-256 and openssl speed",
            pushed,
            hashed,
            Wanted("≥", 0.8),
        ),
    ]
    beside += [(sealing, peer, ours, theirs, ahead) for peer, theirs in speed.items()]
    return [
        Row(what=what, than=than, ours=us, beside=it, unit="MiB/CPU s", wanted=wanted)
        for what, than, us, it, wanted in beside
    ]


class Watch:
    """A sink that keeps nothing, and looks at this process's memory from time to time."""

    def __init__(self) -> None:
        self.writes, self.most = 0, 0

    def write(self, data: memoryview) -> int:
        """Take all of it."""
        if not self.writes % 16:
            self.most = max(self.most, psutil.Process().memory_info().rss)
        self.writes += 1
        return len(data)


def memory_growth(length: int) -> int:
    """Seal so many zero bytes into a pipe, open them at its other end: return how memory grew."""
    watch = Watch()
    outlet, inlet = os.pipe()
    with TemporaryDirectory() as folder:
        sparse = Path(folder) / "sparse"
        with sparse.open("wb") as file:
            file.truncate(length)
        before = psutil.Process().memory_info().rss
        with sparse.open("rb") as source, open(inlet, "wb") as sink, open(outlet, "rb") as back:  # noqa: PTH123

            def seal() -> None:
                with sink:
                    age.seal_stream(source, sink, [ME.recipient])

            sealing = threading.Thread(target=seal)
            sealing.start()
            age.open_stream(back, cast("BinaryIO", watch), [ME])
            sealing.join()
    return watch.most - before


def memory_rows() -> list[Row]:
    """Measure how memory grows over 2 GiB, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.sealing", "memory", str(LONG_FILE)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    grown = int(said) / MIB
    return [
        Row(
            what="memory grown by sealing and opening 2 GiB",
            ours=grown,
            unit="MiB",
            wanted=Wanted("≤", 8, ours=True),
        )
    ]


def rows(*, quick: bool = False) -> list[Row]:
    """Measure all of it: about a minute."""
    if quick:
        return entry_rows(1)
    return entry_rows(ROUNDS) + file_rows() + memory_rows()


if __name__ == "__main__" and sys.argv[1:2] == ["memory"]:
    print(memory_growth(int(sys.argv[2])))
