"""The report in a real browser with the network off."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

_OFFLINE = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip


def _chromium(program: str, profile: Path, *words: str) -> str:
    done = subprocess.run(
        [program, *_OFFLINE, f"--user-data-dir={profile}", *words],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def report(page: str, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def test_the_page_opens_with_the_network_off(chromium: str, report: Path, tmp_path: Path) -> None:
    dom = _chromium(chromium, tmp_path / "profile", "--dump-dom", report.as_uri())
    for name in ("answer", "findings", "data", "law", "parameters", "backtest", "reproduce"):
        assert f'<section id="{name}"' in dom
    assert dom.count("<svg") == 6


@pytest.mark.parametrize("width", [1200, 500])
def test_nothing_is_blank(chromium: str, report: Path, tmp_path: Path, width: int) -> None:
    from matplotlib.image import imread

    shot = tmp_path / "shot.png"
    _chromium(
        chromium, tmp_path / "profile", f"--screenshot={shot}", f"--window-size={width},3200",
        report.as_uri(),
    )  # fmt: skip
    image = imread(shot)[..., :3]
    assert image.shape[:2] == (3200, width)
    ink = (image.max(axis=-1) < 0.5).reshape(8, 400, width).mean(axis=(1, 2))
    assert (ink > 0.001).all()  # every eighth of the page carries something
    colours = np.unique((image * 8).astype(int).reshape(-1, 3), axis=0)
    assert len(colours) > 40  # figures, not only text


@pytest.mark.parametrize("width", [360, 640, 1280])
def test_no_sideways_scroll(chromium: str, report: Path, tmp_path: Path, width: int) -> None:
    """640 pixels are 1280 at 200 % zoom; the page itself runs no script, so a frame measures it."""
    content = re.sub("<meta http-equiv=.*?>", "", report.read_text(encoding="utf-8"), count=1)
    content = content.replace("&", "&amp;").replace('"', "&quot;")
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><title>not measured</title>'
        f'<iframe style="border:0;width:{width}px;height:900px" srcdoc="{content}"></iframe>'
        '<script>addEventListener("load", () => {'
        'const d = document.querySelector("iframe").contentDocument.documentElement;'
        'document.title = "wide " + d.scrollWidth + " of " + d.clientWidth})</script>',
        encoding="utf-8",
    )
    dom = _chromium(
        chromium, tmp_path / "profile", "--virtual-time-budget=10000", "--dump-dom",
        wrapper.as_uri(),
    )  # fmt: skip
    found = re.search(r"<title>wide (\d+) of (\d+)</title>", dom)
    assert found is not None
    assert int(found[2]) == width
    assert int(found[1]) <= width
