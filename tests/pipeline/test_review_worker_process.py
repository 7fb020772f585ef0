"""A worker's child that could not open what it needs at first."""

import pytest
from in_process import House
from restaurant import Check

from enrich.due.broker import celery_app
from enrich.due.doorbell import TASK
from enrich.due.unit import Kind
from enrich.errors import ConfigurationError
from enrich.settings import Settings
from workers.tasks import register


def test_a_child_that_began_without_its_database_works_once_it_is_back(house: House, settings: Settings) -> None:
    app = celery_app("memory://")
    register(app, settings)
    guest = house.add_guest("back@example.com", marketing_opt_in=False)
    house.check(Check(email="back@example.com"))
    for kind in (Kind.DELIVERY, Kind.GUEST):
        app.tasks[TASK](kind.value)
    assert house.custom(guest)["custom_field_02"] == "120.00"


def test_a_child_that_still_cannot_open_it_says_so(settings: Settings) -> None:
    app = celery_app("memory://")
    register(app, settings.model_copy(update={"mappings": settings.state / "absent"}))
    with pytest.raises(ConfigurationError):
        app.tasks[TASK](Kind.GUEST.value)
