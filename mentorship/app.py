"""The application: a readable list of steps."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mentorship import clock, config, keys
from mentorship.config import PACKAGE, Settings, is_local_http
from mentorship.extensions import csrf, db, open_engine
from mentorship.home import views as home
from mentorship.invites import jobs as invite_jobs
from mentorship.invites import models as _invite_models  # noqa: F401 - every table is known once the app stands
from mentorship.jobs.runner import Handler, Timed
from mentorship.operate import models as _operate_models  # noqa: F401 - every table is known once the app stands
from mentorship.operate import views as operate
from mentorship.outbox import jobs as outbox_jobs
from mentorship.outbox.letters import mail
from mentorship.replies import jobs as reply_jobs
from mentorship.replies import views as replies
from mentorship.roster import models as _roster_models  # noqa: F401 - every table is known once the app stands
from mentorship.web import errors, headers
from mentorship.web.policies import require_policies

BLUEPRINTS = (home.pages, replies.pages, operate.pages)
HANDLERS: dict[str, Handler] = {**outbox_jobs.HANDLERS}
TIMED: tuple[Timed, ...] = (*outbox_jobs.TIMED, *invite_jobs.TIMED, *reply_jobs.TIMED)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app. Raises `Refused` for a setting that cannot be used, `RuntimeError` for a page without a policy."""
    settings = settings or config.load()
    app = Flask("mentorship", root_path=str(PACKAGE), template_folder=str(_templates()))
    _configure(app, settings)
    _open_database(app)
    keys.init_app(app, settings)
    csrf.init_app(app)
    mail.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    headers.init_app(app)
    errors.init_app(app)
    require_policies(app)
    return app


def settings_of(app: Flask) -> Settings:
    found: Settings = app.extensions["mentorship-settings"]
    return found


def _templates() -> Path:
    """`templates/` beside the package in a checkout, inside it in a wheel."""
    inside = PACKAGE / "templates"
    return inside if inside.is_dir() else PACKAGE.parent / "templates"


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["mentorship-settings"] = settings
    clock.set_offset(settings.clock_offset)
    if settings.clock_offset:
        logging.getLogger("mentorship").warning("the clock is set off by %s seconds", settings.clock_offset)
    secure = not is_local_http(settings.public_url)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": not settings.database_url.startswith("sqlite")},
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        ALEMBIC={"script_location": str(PACKAGE / "migrations")},
        ALEMBIC_CONTEXT={"render_as_batch": True, "transactional_ddl": True, "transaction_per_migration": False},
    )
    app.jinja_env.trim_blocks = False
    if settings.public_url.startswith("https://"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]


def _open_database(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        open_engine(db.engine)
