"""The packaged constants are what their script makes of the public curves."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from lawcast.fitting.extrapolation.calibration import Calibration, shipped

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "calibrate_extrapolation.py"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "fitting"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="../shared is absent")
def test_the_script_makes_the_packaged_constants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("calibrate_extrapolation", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    target = tmp_path / "constants.json"
    files = [str(DATA / name) for name in ("curves_dev.csv", "llm_curves_dev.csv")]
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *files, "--write", str(target)])
    spec.loader.exec_module(module)
    module.main()
    made = Calibration.from_dict(json.loads(target.read_text(encoding="utf-8")))
    packaged = shipped()
    assert made.source == packaged.source
    assert made.rule == packaged.rule
    for name in ("error_power", "noise_power", "reach_power", "shift_weight", "bend_weight"):
        assert getattr(made, name) == pytest.approx(getattr(packaged, name), abs=0.02)
    assert made.scores == pytest.approx(packaged.scores, rel=0.05)
    assert "left out" in capsys.readouterr().out
