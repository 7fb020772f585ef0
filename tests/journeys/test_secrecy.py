"""Guest data and secrets stay out of every log, out of the broker and out of what is kept about failures."""

import sqlite3
from pathlib import Path

from restaurant import SECRETS, Check, Restaurant, choice, eventually, text

CANARIES = ("kanarie@example.com", "Kanarienvogel", "sesame since birth", *SECRETS.values())


def files(state: Path) -> dict[str, str]:
    """Logs of all processes, and what Redis wrote to disk."""
    found = [*(state / "logs").iterdir(), *(state / "redis").glob("*.aof")]
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in found}


def failures(state: Path) -> str:
    with sqlite3.connect(state / "enrich.sqlite") as database:
        rows = database.execute("SELECT reason, detail FROM due UNION ALL SELECT detail, headers FROM inbox")
        return str(rows.fetchall())


def test_no_guest_and_no_secret_is_in_a_log_the_broker_or_a_failure(restaurant: Restaurant) -> None:
    guest = restaurant.add_guest("kanarie@example.com", last_name="Kanarienvogel", total_visits=3)
    booking = restaurant.add_reservation(guest)
    restaurant.fault(method="PATCH", path=f"/clients/{guest['id']}", kind="status", status=500, times=1)
    restaurant.confirms(booking)
    restaurant.check(Check(booking["id"], spend="300.00"), "PAID")
    assert eventually(lambda: len(restaurant.mails("kanarie@example.com")) == 1)
    ref = restaurant.guest_ref("kanarie@example.com")
    restaurant.answers(ref, [text("dietary_needs", "sesame since birth, my wife Kanarienvogel too")])
    restaurant.answers(ref, [choice("seating_preference", "window")])
    assert eventually(lambda: "Seating Preference:Window" in restaurant.tags(guest))
    restaurant.fault(
        method="PATCH", path=f"/clients/{guest['id']}", kind="status", status=400, code="odd", times=1
    )
    restaurant.check(Check(email="kanarie@example.com", spend="900.00"), "PAID")
    state = restaurant.state
    assert state and eventually(lambda: "odd" in failures(state))
    told = files(state)
    assert "crm_server_error" in told["worker.log"], "the log is on"
    assert any("enrich" in text for name, text in told.items() if name.endswith(".aof")), "the broker wrote"
    told["failures"] = failures(state)
    assert [(canary, name) for canary in CANARIES for name, said in told.items() if canary in said] == []
