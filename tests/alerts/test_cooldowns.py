"""At most one message a rule a cooldown, whatever the clock of the day is set to meanwhile."""

from __future__ import annotations

from spectrix_lite.alerts.cooldowns import Cooldowns
from spectrix_lite.core.alert_records import Alert, When

DAY = 86_400_000


def alert(told_at: int | None, cooldown: int = 300) -> Alert:
    return Alert("a", None, None, "a", "", When("count", 1, 10), cooldown, False, (), None, told_at, 0)


def test_what_was_told_here_counts_by_the_monotonic_clock() -> None:
    cooldowns = Cooldowns()
    assert not cooldowns.waits(alert(None), 0.0, DAY)
    cooldowns.told(alert(DAY), 10.0)
    for wall in (DAY, 0, 2 * DAY):
        assert cooldowns.waits(alert(DAY), 309.0, wall)
        assert not cooldowns.waits(alert(DAY), 310.0, wall)
        assert not cooldowns.waits(alert(DAY, cooldown=0), 10.0, wall)


def test_an_older_reading_of_the_alert_does_not_take_it_back() -> None:
    cooldowns = Cooldowns()
    cooldowns.told(alert(DAY), 10.0)
    for told_at in (None, DAY - 200_000):
        assert cooldowns.waits(alert(told_at), 300.0, DAY + 290_000)
        assert not cooldowns.waits(alert(told_at), 310.0, DAY + 300_000)


def test_what_another_process_has_told_counts_by_the_time_of_day_and_never_for_longer_than_the_cooldown() -> None:
    cooldowns = Cooldowns()
    assert cooldowns.waits(alert(DAY), 50.0, DAY + 200_000)
    assert not cooldowns.waits(alert(DAY), 150.0, 0)
    set_back = Cooldowns()
    assert set_back.waits(alert(2 * DAY), 50.0, DAY)
    assert not set_back.waits(alert(2 * DAY), 350.0, DAY)


def test_those_that_are_gone_are_forgotten() -> None:
    cooldowns = Cooldowns()
    cooldowns.told(alert(DAY), 10.0)
    cooldowns.keep({"b"})
    assert not cooldowns.waits(alert(None), 11.0, DAY)
