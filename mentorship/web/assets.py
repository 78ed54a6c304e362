"""Style sheets, fonts and scripts: ours and Bootstrap's, served by WhiteNoise with compressed copies beside them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import flask_bootstrap
from flask import Flask
from flask_bootstrap import Bootstrap5
from whitenoise import WhiteNoise

WEEK = 7 * 24 * 3600
# Of Bootstrap the pages take the style sheet and the icon font; its scripts are not needed.
TAKEN = (
    "css/bootstrap.min.css",
    "css/font/bootstrap-icons.min.css",
    "css/font/fonts/bootstrap-icons.woff2",
    "css/font/fonts/bootstrap-icons.woff",
)
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"


def init_app(app: Flask) -> None:
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)


def serve_compressed(app: Flask, folder: Path) -> None:
    """Before a server starts: copy what pages take into `folder`, compress it, and answer for it without the app."""
    # Only a process that serves pages needs the compressor.
    from whitenoise.compress import Compressor

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(Path(str(app.static_folder)), folder / "static")
    for name in TAKEN:
        target = folder / "bootstrap" / "static" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BOOTSTRAP / name, target)
    compressor = Compressor(quiet=True)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and compressor.should_compress(path.name):
            list(compressor.compress(str(path)))
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(folder), max_age=WEEK, add_headers_function=_secure
    )


def _secure(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
