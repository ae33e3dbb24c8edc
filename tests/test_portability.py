"""What runs on Windows by construction: nothing that only POSIX has, files replaced in one step, processes spawned."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUNTIME = sorted(path for folder in ("engine", "workbook") for path in (ROOT / folder).rglob("*.py"))
POSIX_MODULES = {"fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "posix", "syslog", "readline"}
POSIX_CALLS = {
    "os.fork", "os.forkpty", "os.rename", "os.mkfifo", "os.getuid", "os.geteuid", "os.chown", "os.setsid", "os.nice",
    "signal.alarm", "signal.setitimer", "signal.pause", "Path.rename",
}  # fmt: skip
GUARDED = {("workbook/libreoffice/soffice.py", "os.killpg"), ("workbook/libreoffice/soffice.py", "signal.SIGKILL")}
"""Used behind `sys.platform`, with a Windows branch of their own."""


def dotted(node):
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


@pytest.mark.parametrize("path", RUNTIME, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_posix_only_call(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & POSIX_MODULES
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in POSIX_MODULES
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            assert name not in POSIX_CALLS
            if name in {"os.killpg", "signal.SIGKILL"}:
                assert (path.relative_to(ROOT).as_posix(), name) in GUARDED
        if isinstance(node, ast.Constant) and node.value in {"fork", "forkserver"}:
            pytest.fail("processes are spawned, as Windows does")


def test_workers_are_spawned():
    assert '"spawn"' in (ROOT / "workbook" / "pool.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", RUNTIME, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_text_files_are_opened_with_their_encoding(path):
    """Windows' default is not UTF-8."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        words = {word.arg for word in node.keywords}
        positional = {"read_text": 1, "write_text": 2}.get(node.func.attr)
        if positional is not None:
            assert "encoding" in words or len(node.args) >= positional, ast.unparse(node)
