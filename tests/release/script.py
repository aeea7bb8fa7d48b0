"""The scripts of .ci/ that are Python, whose names have no ending that it imports."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

from tests.documentation.snippets import ROOT


def script(name: str) -> Any:
    """The module that `.ci/NAME` is."""
    spec = spec_from_loader(name, SourceFileLoader(name, str(ROOT / ".ci" / name)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
