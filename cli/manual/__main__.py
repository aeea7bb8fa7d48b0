"""`python -m trapline.cli.manual FOLDER`: write the manual pages into a folder, as man(1) wants them (man1/, man5/)."""

import sys
from pathlib import Path

from trapline.cli.manual.pages import pages

if len(sys.argv) != 2:
    sys.exit("usage: python -m trapline.cli.manual FOLDER")
for name, text in pages().items():
    folder = Path(sys.argv[1]) / f"man{name[-1]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
