"""The demo's folder, database and mail server: its own, on this machine alone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask

from mentorship import clock, config
from mentorship.app import create_app
from mentorship.config import LOOPBACK, MailServer, Settings
from mentorship.demo.mailbox import Mailbox
from mentorship.errors import Refused
from mentorship.extensions import db
from mentorship.operate.demo_mark import mark_demo
from mentorship.operate.schema import upgrade

MARK = "demo.txt"


@dataclass(frozen=True)
class Demo:
    """The demo's app and its own mail server."""

    app: Flask
    settings: Settings
    mailbox: Mailbox


def open_demo(instance: Path, *, port: int) -> Demo:
    """An empty demo in `<instance>/demo`. It reads no setting of the school's: neither database nor mail server."""
    folder = instance / "demo"
    _empty(folder)
    demo = demo_in(folder, port=port, mailbox=Mailbox(folder / "mail"))
    upgrade(demo.app)
    with demo.app.app_context():
        mark_demo(clock.now())
        db.session.commit()
    return demo


def demo_in(folder: Path, *, port: int, mailbox: Mailbox) -> Demo:
    """The app over the demo's folder as it stands, its mail going to `mailbox`."""
    settings = config.load({"MENTORSHIP_PORT": str(port)}, instance=folder, demo=True)
    settings = replace(settings, smtp=MailServer("smtp", "127.0.0.1", mailbox.port))
    if settings.host not in LOOPBACK or not settings.database_url.startswith("sqlite"):
        raise Refused("The demo runs on this machine alone, over a database of its own.")
    return Demo(create_app(settings), settings, mailbox)


def _empty(folder: Path) -> None:
    """Only a folder that a demo made is emptied; its mark goes last, so that a demo killed midway can run again."""
    mark = folder / MARK
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Refused(f"{folder} is no folder of a demo; move it away first.")
    if folder.is_dir() and any(folder.iterdir()) and not mark.is_file():
        raise Refused(f"{folder} holds something that no demo made; move it away first.")
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text("Made by “mentorship demo”, which empties this folder each time.\n", encoding="utf-8")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != mark:
            path.unlink()
