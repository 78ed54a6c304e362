"""One cycle from roster to closed by pages and mails alone, as three people do it: a coach, a teacher, a new teacher.

Every step is done as a person does it: a link of the page before, a button by its words, a link or a code from a mail
that a real mail server took in. Nothing here reads the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from builders import NOW
from playwright.sync_api import Browser, Locator
from school import FIRST, LAST, SchoolFiles, school_t

from mentorship.people.account import set_up_code
from tests.browser.live import Live, links_in
from tests.browser.reading import Reader

DOMAIN = "t.example.edu"
CYCLE = "First round"
TEACHERS = ("Chen", "Lund", "Okafor", "Rivera")
NEW, COACH = "Lund", "Bell"
# Noon after the last visit of the cycle can have ended.
AFTER = datetime(LAST.year, LAST.month, LAST.day, 23, tzinfo=UTC)
PERIODS = ("5", "1", "3", "7")
ANSWER = "/answer/"
FORM = "/form/"


def small_school() -> SchoolFiles:
    """School T with a new teacher, two people who offer to be a mentor, and a coach whom no file made one."""
    files = school_t()
    more = {
        "Lund": {"new_teacher": "yes"},
        "Chen": {"mentor_places": "1"},
        "Rivera": {"mentor_places": "1"},
        "Bell": {"roles": "leader"},
    }
    files.tables["staff"] = [{**row, **more.get(row["person_id"], {})} for row in files.tables["staff"]]
    return files


@dataclass
class BrowserWalk:
    """The people with their windows; `steps` are done in order, each from where the one before ended."""

    browser: Browser
    live: Live
    folder: Path
    width: int
    scripts: bool
    readers: dict[str, Reader] = field(default_factory=dict)
    cycle: str = ""

    def walk(self) -> None:
        """Every step; then every fault of every page at once."""
        done = "nothing"
        try:
            for step in STEPS:
                done = step.__name__
                step(self)
        except Exception as error:
            # What pages did wrong before is what a broken step is most often about.
            windows = [f"{name} is at {reader.path}: {reader.text[:900]}" for name, reader in self.readers.items()]
            raise AssertionError("\n".join([f"{done}: {error}", *self.faults(), *windows])) from error
        finally:
            for reader in self.readers.values():
                reader.leave()
        assert not self.faults(), "\n".join(self.faults())

    def faults(self) -> list[str]:
        found = [f"{name} {fault}" for name, reader in self.readers.items() for fault in reader.faults]
        return list(dict.fromkeys(found))

    def window(self, name: str) -> Reader:
        """The window of a person; opened when they first need one."""
        if name not in self.readers:
            self.readers[name] = Reader.at(self.browser, self.live, width=self.width, scripts=self.scripts)
        return self.readers[name]

    @property
    def coach(self) -> Reader:
        return self.window(COACH)


def address(name: str) -> str:
    return f"{name.lower()}@{DOMAIN}"


def set_up(walk: BrowserWalk) -> None:
    """The first person takes the code that stands where the service was started."""
    with walk.live.app.app_context():
        code = set_up_code()
    ada = walk.window("Ada").open("/set-up")
    ada.fill("Code", code).fill("Your name", "Ada Lopez").fill("Your e-mail address", address("Ada"))
    ada.click("Become the administrator")
    ada.sees("Choose files")


def bring_files(walk: BrowserWalk) -> None:
    """The school's files: first with a mistake, which is mended on the page."""
    ada = walk.window("Ada")
    folder = small_school().write(walk.folder / "files")
    staff = folder / "staff.csv"
    staff.write_text(staff.read_text().replace("okafor@t.example.edu", "okafor(at)t"))
    ada.page.set_input_files("#files", sorted(folder.iterdir()))
    ada.click("Check these files").sees("1 cell to fix")
    ada.page.locator("#fix input:not([type=hidden])").first.fill(address("Okafor"))
    ada.click("Use my fixes and check again")
    ada.click(re.compile(r"Import \d+ changes")).sees("It made")


def give_role(walk: BrowserWalk) -> None:
    """Whoever coaches is made a coach by hand."""
    ada = walk.window("Ada").click("See the people")
    ada.click(ada.page.get_by_role("link", name=f"Sam {COACH}").first)
    ada.tick("Coach").click("Keep these for Sam")
    walk.coach.sign_in(address(COACH))


def open_cycle(walk: BrowserWalk) -> None:
    """Name, dates, people: what is ready is told before anything is planned."""
    coach = walk.coach.open("/cycles")
    coach.click(coach.page.get_by_role("main").get_by_role("link", name=re.compile("cycle", re.I)).first)
    coach.fill("Name", CYCLE).fill("First day", str(FIRST)).fill("Last day", str(LAST))
    coach.click(re.compile("^Open"))
    found = re.search(r"/cycles/(\d+)", coach.path)
    assert found, f"opening a cycle led to {coach.path}"
    walk.cycle = f"/cycles/{found[1]}"


def plan(walk: BrowserWalk) -> None:
    """Both parts, with progress while it runs; without scripts “Check again” asks."""
    coach = walk.coach.open(f"{walk.cycle}/plan")
    coach.click("Plan visits and pairings")
    if walk.scripts:
        coach.page.get_by_role("link", name="Look at the pairings").wait_for(timeout=60_000)
        coach.look()
    else:
        walk.live.until(lambda: "Look at the pairings" in coach.open(f"{walk.cycle}/plan").text)
    coach.sees("Proven best")


def pair(walk: BrowserWalk) -> None:
    """Locked and let go, then the other mentor chosen."""
    coach = walk.coach.click("Look at the pairings")
    before = coach.page.locator("article").first.get_attribute("aria-label")
    coach.click(re.compile("^Lock Sam Lund")).click(re.compile("^Locked: Sam Lund"))
    coach.page.locator("summary", has_text="Choose any other mentor").click()
    coach.click(coach.page.get_by_role("button", name="Swap", exact=True))
    after = coach.page.locator("article").first.get_attribute("aria-label")
    assert before != after, "the pair is the same"
    coach.click("Undo the last change")
    assert coach.page.locator("article").first.get_attribute("aria-label") == before


def move(walk: BrowserWalk) -> None:
    """A time that breaks a rule is refused with the rule; one that works is taken."""
    coach = walk.coach.open(f"{walk.cycle}/visits?view=list")
    coach.click(coach.page.locator("main .visit").first)
    number = re.search(r"visit=(\d+)", coach.page.url)
    assert number is not None
    assert any(_try_to_move(coach, number[1], FIRST, period) for period in PERIODS), "every period works"
    coach.open(f"/visits/{number[1]}/move")
    coach.page.locator("input[name=lesson]").first.check()
    coach.click(re.compile("^Move the visit")).sees("moved to")


def _try_to_move(coach: Reader, number: str, on: date, period: str) -> bool:
    """Whether the page says that a date and a period break a rule."""
    coach.page.goto(f"/visits/{number}/move")
    coach.page.get_by_label("Another time of the host’s").check()
    coach.fill("Date", str(on))
    coach.page.locator("select[name=period]").select_option(period)
    coach.click(re.compile("^Move the visit"))
    return "This time doesn’t work" in coach.text


def publish(walk: BrowserWalk) -> None:
    """What would be sent stands there first; then it is sent, and mail goes."""
    coach = walk.coach.open(f"{walk.cycle}/publish").sees("Who gets what")
    coach.click(re.compile(r"^Publish to \d+ people"))
    walk.live.do_due()
    for name in TEACHERS:
        assert walk.live.mails_to(address(name)), f"{name} got no mail"


def answer(walk: BrowserWalk) -> None:
    """Everybody says yes by the links of their mails; nobody signs in for that."""
    for name in TEACHERS:
        reader = walk.window(name)
        mails = walk.live.mails_to(address(name))
        links = {link for mail in mails for link in links_in(walk.live.text_of(mail)) if ANSWER in link}
        for link in sorted(links):
            reader.open(link)
            reader.page.get_by_label(re.compile(r"^\s*Yes")).check()
            reader.click("Send my answer").sees("You said yes")
    coach = walk.coach.open(f"{walk.cycle}/visits?view=list&week={FIRST}")
    chips = coach.page.locator("main .visit").all_inner_texts()
    assert chips and all("Accepted" in chip for chip in chips), chips


def hold(walk: BrowserWalk) -> None:
    """Time passes: the visits were held, and their people are asked for notes."""
    walk.live.set_clock(AFTER)
    coach = walk.coach.open(f"{walk.cycle}/visits?view=list&week={FIRST}")
    chips = coach.page.locator("main .visit").all_inner_texts()
    assert chips and all("Visited" in chip for chip in chips), chips


def look_around(walk: BrowserWalk) -> None:
    """Everybody opens every page that their menu names, and those that a cycle has."""
    for page in ("", "/pairings", "/visits", "/visits/print", "/settings", "/plan", "/publish", "/close"):
        walk.coach.open(walk.cycle + page)
    for name in (COACH, "Chen", NEW):
        reader = walk.window(name).sign_in(address(name)).open("/account")
        menu = reader.page.locator("nav[aria-label=Main] a, details.menu a")
        for path in dict.fromkeys(str(link.get_attribute("href")) for link in menu.all()):
            reader.open(path.partition("#")[0])


def share_notes(walk: BrowserWalk) -> None:
    """A visitor writes by the link in the mail and shares it with the host; the host reads it signed in."""
    visitor, host = _visit_of_new_teacher(walk)
    reader = walk.window(visitor)
    reader.open(_form_link(walk, visitor, "Notes from"))
    reader.page.get_by_label("What you saw or heard").fill("Seven pairs began at once.")
    reader.click("Add note").sees("Seven pairs began at once.")
    reader.fill("What worked for students?", "Everybody had a pen.")
    reader.click(re.compile("^Share with")).sees("it is saved")
    there = walk.window(host).sign_in(address(host)).open("/notes")
    there.click(there.page.locator("main a[href^='/notes/']:not([href*=export])").first)
    there.sees("Everybody had a pen.")


def reflect(walk: BrowserWalk) -> None:
    """The new teacher reflects for herself, shares with her mentor, and takes it back."""
    new = walk.window(NEW).sign_in(address(NEW))
    new.open(_form_link(walk, NEW, "reflection"))
    new.fill("What happened?", "The quiet was good for them.").fill("My goal", "Three students answer.")
    new.click("Save as chosen").sees("only you")
    new.click("Sign in and open it").sees("Only you.")
    new.click(re.compile("^Share with Sam")).sees("shared just now")
    new.click(re.compile("^Withdraw from"))
    new.sees("Only you.")
    new.open("/goals").sees("Three students answer.")


def _visit_of_new_teacher(walk: BrowserWalk) -> tuple[str, str]:
    """Who visited, and whom: read from the mail that asks for notes."""
    for name in TEACHERS:
        for mail in walk.live.mails_to(address(name)):
            found = re.search(r"you visited Sam (\w+)", walk.live.text_of(mail))
            if found and NEW in (name, found[1]):
                return name, found[1]
    raise AssertionError("nobody was asked for notes")


def _form_link(walk: BrowserWalk, name: str, words: str) -> str:
    for mail in walk.live.mails_to(address(name)):
        lines = walk.live.text_of(mail).splitlines()
        for place, line in enumerate(lines[:-1]):
            if words in line and FORM in lines[place + 1]:
                return lines[place + 1].strip()
    raise AssertionError(f"no mail asks {name} for {words}")


def close(walk: BrowserWalk) -> None:
    """The cycle ends with counts, and can be taken away as a file."""
    coach = walk.coach.open(f"{walk.cycle}/close")
    coach.click(f"Close {CYCLE}", role="button").sees("Summary of")
    coach.open(f"{walk.cycle}/close")
    for kind in ("csv", "xlsx", "json"):
        link: Locator = coach.page.locator(f"a[href$='export.{kind}']").first
        with coach.page.expect_download() as waiting:
            link.click()
        path = waiting.value.path()
        assert path is not None and path.stat().st_size > 100
        assert b"The quiet was good" not in path.read_bytes()
    coach.open("/cycles").sees("Closed")


STEPS: tuple[Callable[[BrowserWalk], None], ...] = (
    set_up,
    bring_files,
    give_role,
    open_cycle,
    plan,
    pair,
    move,
    publish,
    answer,
    hold,
    look_around,
    share_notes,
    reflect,
    close,
)
START = NOW
