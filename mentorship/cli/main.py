"""Parse, run the verb, print what it returned; every refusal is one sentence."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from mentorship import config
from mentorship.cli.parser import build_parser
from mentorship.errors import Refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 done, 1 refused, 2 usage."""
    parser = build_parser()
    found = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        # The verbs bring the whole app with them, which a usage error does not need.
        from mentorship.cli.verbs import run

        result = run(found)
    except Refused as refused:
        return _refuse(str(refused), as_json=found.json)
    except StaleDataError:
        return _refuse("Somebody else changed this a moment ago; look at it again and repeat.", as_json=found.json)
    except OperationalError as error:
        return _refuse(_database_words(error), as_json=found.json)
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception:
        return _refuse(_keep_trouble(), as_json=found.json)
    if found.json:
        print(json.dumps(result.data, ensure_ascii=False, indent=1))
    elif result.text:
        print(result.text)
    if result.error:
        print(result.error, file=sys.stderr)
    return 1 if result.error else 0


def _refuse(sentence: str, *, as_json: bool) -> int:
    data: dict[str, Any] = {"error": sentence}
    if as_json:
        print(json.dumps(data, ensure_ascii=False))
    print(sentence, file=sys.stderr)
    return 1


def _database_words(error: OperationalError) -> str:
    text = str(error.orig).lower()
    if "full" in text or "no space" in text:
        return "The disk is full: nothing was saved. Make room in the instance folder and repeat."
    if "locked" in text:
        return "The database was busy for too long and nothing was changed; repeat in a moment."
    return "The database could not be used and nothing was changed; check that its disk and its server are well."


def _keep_trouble() -> str:
    """Trouble of ours: the reader gets a sentence, whoever mends it gets the rest."""
    place = config.instance_folder() / "last-trouble.txt"
    try:
        place.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return "Something went wrong on our side and nothing was changed."
    return f"Something went wrong on our side and nothing was changed. What happened stands in {place}."
