"""The application: a readable list of steps."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mentorship import clock, config, keys
from mentorship.availability import views as availability
from mentorship.closeout import views as closeout
from mentorship.config import PACKAGE, Settings, is_local_http
from mentorship.cycles import views as cycles
from mentorship.extensions import csrf, db, open_engine
from mentorship.feedback import jobs as feedback_jobs
from mentorship.feedback import views as feedback
from mentorship.goals import views as goals
from mentorship.home import views as home
from mentorship.home.queries import demo_people
from mentorship.invites import jobs as invite_jobs
from mentorship.invites import models as _invite_models  # noqa: F401 - every table is known once the app stands
from mentorship.invites import views as invites
from mentorship.jobs.runner import Handler, Timed
from mentorship.operate import models as _operate_models  # noqa: F401 - every table is known once the app stands
from mentorship.operate import views as operate
from mentorship.outbox import jobs as outbox_jobs
from mentorship.outbox.letters import mail
from mentorship.people import account, signing_in, viewer
from mentorship.people import views as people
from mentorship.plans import jobs as plan_jobs
from mentorship.plans import views as plans
from mentorship.plans.words import ANSWER_LOOK, PAIRING_LOOK, VISIT_LOOK
from mentorship.replies import jobs as reply_jobs
from mentorship.replies import views as replies
from mentorship.roster import jobs as roster_jobs
from mentorship.roster import models as _roster_models  # noqa: F401 - every table is known once the app stands
from mentorship.web import assets, errors, filters, headers, limits, policies
from mentorship.web.policies import require_policies

BLUEPRINTS = (
    home.pages,
    account.pages,
    people.pages,
    availability.pages,
    cycles.pages,
    plans.pages,
    invites.pages,
    replies.pages,
    feedback.pages,
    goals.pages,
    closeout.pages,
    operate.pages,
)
HANDLERS: dict[str, Handler] = {**outbox_jobs.HANDLERS, **plan_jobs.HANDLERS}
SLOW = frozenset(plan_jobs.HANDLERS)
TIMED: tuple[Timed, ...] = (
    *outbox_jobs.TIMED,
    *invite_jobs.TIMED,
    *reply_jobs.TIMED,
    *roster_jobs.TIMED,
    *feedback_jobs.TIMED,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app. Raises `Refused` for a setting that cannot be used, `RuntimeError` for a page without a policy."""
    settings = settings or config.load()
    app = signing_in.Application("mentorship", root_path=str(PACKAGE), template_folder=str(_templates()))
    _configure(app, settings)
    _open_database(app)
    keys.init_app(app, settings)
    csrf.init_app(app)
    mail.init_app(app)
    signing_in.init_app(app, settings)
    assets.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions["security"].us_signin_context_processor(
        lambda: {"demo_people": demo_people() if settings.demo else []}
    )
    policies.init_app(app)
    viewer.init_app(app)
    filters.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    app.jinja_env.globals.update(
        visit_look=VISIT_LOOK, pairing_look=PAIRING_LOOK, answer_look=ANSWER_LOOK, who_sees_page=policies.who_sees
    )
    require_policies(app)
    limits.init_app(app)
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
