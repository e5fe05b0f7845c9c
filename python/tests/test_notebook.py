"""The example notebook, from its first cell to its last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from mock import fair, serving

if os.environ.get("EVENHAND_ENGINES") == "required":
    import ipykernel  # noqa: F401
    import matplotlib  # noqa: F401
    import nbclient
else:
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: python/requirements-engines.txt has it")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: python/requirements-engines.txt has it")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: python/requirements-engines.txt has it")

import nbformat  # noqa: E402


def test_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook: Any = nbformat.read(ROOT / "python" / "examples" / "judge.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "it is kept without what it printed"
    with serving(fair) as mock:
        monkeypatch.setenv("JUDGE_URL", mock.url)
        monkeypatch.setenv("JUDGE_MODEL", "openai/mock-1")
        monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    text = "".join(output.get("text", "") for output in outputs)
    assert "1.000 (0.912 to 1.000), 40 of 40" in text
    assert "The judge agrees with the labels" in text and "Score correction" in text, "what calibration found"
    data = [output["data"] for output in outputs if "data" in output]
    assert any("image/png" in shown for shown in data), "the plot"
    assert any("report.html" in shown.get("text/html", "") for shown in data), "the page"
    assert "order-39" in (tmp_path / "report.html").read_text()
