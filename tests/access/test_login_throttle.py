from __future__ import annotations

from spectrix_lite.access.login_throttle import LoginThrottle


def test_ten_in_any_minute() -> None:
    throttle = LoginThrottle(10, 60.0)
    for second in range(10):
        assert throttle.take("192.0.2.1", 100.0 + second) is None
    assert throttle.take("192.0.2.1", 110.0) == 50.0
    assert throttle.take("192.0.2.1", 159.5) == 0.5
    assert throttle.take("192.0.2.1", 160.0) is None
    assert throttle.take("192.0.2.1", 160.5) == 0.5


def test_a_refused_attempt_does_not_count() -> None:
    throttle = LoginThrottle(1, 60.0)
    throttle.take("a", 0.0)
    for second in range(1, 60):
        assert throttle.take("a", float(second)) is not None
    assert throttle.take("a", 60.0) is None


def test_addresses_do_not_disturb_each_other() -> None:
    throttle = LoginThrottle(1, 60.0)
    assert throttle.take("192.0.2.1", 0.0) is None
    assert throttle.take("192.0.2.2", 0.0) is None
    assert throttle.take("192.0.2.1", 0.0) is not None


def test_what_one_person_is_given_counts_as_one_address() -> None:
    throttle = LoginThrottle(1, 60.0)
    assert throttle.take("2001:db8:0:1::1", 0.0) is None
    assert throttle.take("2001:db8:0:1:ffff::2", 0.0) is not None
    assert throttle.take("2001:db8:0:2::1", 0.0) is None
    assert throttle.take("192.0.2.7", 0.0) is None
    assert throttle.take("::ffff:192.0.2.7", 0.0) is not None
    assert throttle.take("fe80::1%eth0", 0.0) is None


def test_the_right_password_clears_the_slate() -> None:
    throttle = LoginThrottle(1, 60.0)
    throttle.take("192.0.2.1", 0.0)
    throttle.reset("192.0.2.1")
    assert throttle.take("192.0.2.1", 0.0) is None


def test_memory_is_bounded_however_many_addresses_come() -> None:
    throttle = LoginThrottle(2, 60.0, addresses=100)
    for number in range(1000):
        throttle.take(f"192.0.{number // 250}.{number % 250}", 0.0)
    throttle.take("not an address " + "x" * 10_000, 0.0)
    assert len(throttle) == 100
