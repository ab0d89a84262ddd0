"""Traffic of a small shop, believable: four sources, quiet minutes and bad ones. Chance and time are arguments."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, NamedTuple

Entry = dict[str, Any]


class ShopRoute(NamedTuple):
    """`usual` is the median duration in milliseconds; `{id}` in the path becomes a number."""

    weight: float
    method: str
    path: str
    usual: float
    failing: float = 0.008


ROUTES: Final = (
    ShopRoute(30, "GET", "/api/products", 18),
    ShopRoute(22, "GET", "/api/products/{id}", 9),
    ShopRoute(12, "GET", "/api/search?q={word}", 46),
    ShopRoute(10, "GET", "/api/cart", 12),
    ShopRoute(7, "POST", "/api/cart/items", 24),
    ShopRoute(6, "GET", "/api/users/{id}", 11),
    ShopRoute(4, "POST", "/api/orders", 95, 0.02),
    ShopRoute(3, "GET", "/api/orders/{id}", 21),
    ShopRoute(1.5, "PATCH", "/api/users/{id}", 30),
    ShopRoute(1, "DELETE", "/api/cart/items/{id}", 16),
    ShopRoute(5, "GET", "/health", 1.2, 0.0),
)
WORDS: Final = ("lamp", "desk", "oak+chair", "rug", "mirror", "shelf", "linen", "vase")
BROWSERS: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "shop-ios/4.12.0 (iPhone; iOS 17.5)",
)
JOBS: Final = (("send-receipt", 140), ("resize-image", 620), ("index-product", 80), ("sync-stock", 1900))
DECLINES: Final = ("insufficient_funds", "expired_card", "do_not_honor", "incorrect_cvc")

_PERIOD: Final = 45.0
_TROUBLE: Final = (10.0, 19.0)  # of these seconds: the payment provider is slow, and some of what waits for it fails


class Traffic:
    """What the shop logs, as entries ready for ingest, about `rate` a second."""

    def __init__(self, random: Random, rate: float) -> None:
        self._random = random
        self._rate = rate
        self._weights = [route.weight for route in ROUTES]
        self._next_at = 0.0
        self._order = 48_210
        self._job = 7_300

    def until(self, seconds: float, wall: int) -> Iterator[Entry]:
        """What is logged up to `seconds` after the start, behind what came out before; `wall` is the start's time."""
        while self._next_at <= seconds:
            at, self._next_at = (
                self._next_at,
                self._next_at + self._random.expovariate(self._rate * _tide(self._next_at)),
            )
            timestamp = datetime.fromtimestamp(wall / 1000 + at, UTC).isoformat(timespec="milliseconds")
            for entry in self._something(in_trouble=_TROUBLE[0] <= at % _PERIOD < _TROUBLE[1]):
                yield {"timestamp": timestamp.replace("+00:00", "Z"), **entry}

    def _something(self, *, in_trouble: bool) -> list[Entry]:
        dice = self._random.random()
        if dice < 0.74:
            return [self._request(in_trouble)]
        if dice < 0.86:
            return [self._sign_in()]
        if dice < 0.93:
            return self._payment(in_trouble)
        return [self._work(in_trouble)]

    def _request(self, in_trouble: bool) -> Entry:
        random = self._random
        (route,) = random.choices(ROUTES, self._weights)
        path = route.path.format(id=random.randint(1, 900), word=random.choice(WORDS))
        is_slow = in_trouble and route.path.startswith(("/api/orders", "/api/cart"))
        duration = self._duration(route.usual * (7 if is_slow else 1))
        metadata: Entry = {"duration": duration, "requestId": self._id(), "userAgent": random.choice(BROWSERS)}
        status = 201 if route.method == "POST" else 204 if route.method == "DELETE" else 200
        message = f"{route.method} {path}"
        if random.random() < route.failing * (12 if is_slow else 1):
            status = 503 if is_slow else 500
            error = _upstream_error(duration) if is_slow else _query_error(random)
            metadata["error"] = error
            message = f"{message} failed: {error['message']}"
        elif random.random() < 0.035 and "{id}" in route.path:
            status = 404
        elif random.random() < 0.012:
            status = 429
        return {
            "level": "error" if status >= 500 else "warn" if status >= 400 else "info",
            "source": "api",
            "message": message,
            "method": route.method,
            "endpoint": path,
            "statusCode": status,
            "metadata": metadata,
        }

    def _sign_in(self) -> Entry:
        random = self._random
        user = random.randint(1, 900)
        dice = random.random()
        if dice < 0.5:
            metadata = {"userId": user, "expiresIn": 3600, "duration": self._duration(3)}
            return {"level": "debug", "source": "auth", "message": "Access token refreshed", "metadata": metadata}
        failed = dice > 0.88
        return {
            "level": "warn" if failed else "info",
            "source": "auth",
            "message": f"Sign-in failed for user {user}: wrong password" if failed else f"User {user} signed in",
            "method": "POST",
            "endpoint": "/auth/login",
            "statusCode": 401 if failed else 200,
            "metadata": {
                "userId": user,
                "duration": self._duration(110),
                "attempt": random.randint(1, 4 if failed else 1),
            },
        }

    def _payment(self, in_trouble: bool) -> list[Entry]:
        random = self._random
        self._order += 1
        charge = {"orderId": self._order, "amount": round(random.lognormvariate(3.9, 0.7), 2), "currency": "EUR"}
        started = {"level": "debug", "message": f"Charging order {self._order}", "metadata": dict(charge)}
        charge["duration"] = duration = self._duration(240 * (8 if in_trouble else 1))
        if in_trouble and random.random() < 0.4:
            charge |= {"error": _upstream_error(duration), "attempt": 1, "retryIn": 30}
            ended = {"level": "error", "message": f"Charge of order {self._order} failed: provider timed out"}
        elif random.random() < 0.07:
            charge["reason"] = random.choice(DECLINES)
            ended = {"level": "warn", "message": f"Charge of order {self._order} declined: {charge['reason']}"}
        else:
            ended = {"level": "info", "message": f"Charged order {self._order}"}
        return [{"source": "payment-worker", **each} for each in (started, {**ended, "metadata": charge})]

    def _work(self, in_trouble: bool) -> Entry:
        random = self._random
        name, usual = random.choice(JOBS)
        self._job += 1
        waiting = int(random.expovariate(1 / (160 if in_trouble else 6)))
        metadata: Entry = {"jobId": self._job, "job": name, "duration": self._duration(usual), "waiting": waiting}
        level, message = "info", f"Job {name} done"
        if waiting > 150:
            level, message = "warn", f"Queue is falling behind: {waiting} jobs wait"
        elif random.random() < 0.03:
            level, message = "error", f"Job {name} failed, attempt 1 of 5"
            metadata["error"] = {
                "name": "JobError",
                "message": f"{name} exited with code 1",
                "stack": f"JobError: {name} exited with code 1\n    at run (/app/queue/runner.js:88:13)\n"
                "    at async Worker.next (/app/queue/worker.js:41:7)",
            }
        return {"level": level, "source": "queue", "message": message, "metadata": metadata}

    def _duration(self, usual: float) -> float:
        """Most near `usual`, a few far above, as real ones are."""
        return round(usual * self._random.lognormvariate(0.0, 0.45) * (6 if self._random.random() < 0.015 else 1), 1)

    def _id(self) -> str:
        return f"{self._random.getrandbits(64):016x}"


def _tide(seconds: float) -> float:
    """How busy it is, around 1: a slow swell with a short rush now and then."""
    rush = 2.2 if seconds % 30 > 26 else 0.0
    return 0.75 + 0.35 * math.sin(seconds / 11) + rush


def _upstream_error(duration: float) -> Entry:
    return {
        "name": "TimeoutError",
        "code": "UPSTREAM_TIMEOUT",
        "message": "payment provider did not answer",
        "upstream": "https://pay.example.com/v2/charges",
        "waited": duration,
        "stack": "TimeoutError: payment provider did not answer\n"
        "    at Timeout._onTimeout (/app/payments/client.js:112:18)\n"
        "    at async charge (/app/payments/charge.js:57:20)\n"
        "    at async /app/routes/orders.js:31:5",
    }


def _query_error(random: Random) -> Entry:
    table = random.choice(("products", "users", "orders"))
    return {
        "name": "QueryError",
        "code": "40P01",
        "message": f"deadlock detected in {table}",
        "stack": f"QueryError: deadlock detected in {table}\n    at Client.query (/app/db/client.js:203:11)\n"
        f"    at async find (/app/models/{table}.js:44:16)\n    at async /app/routes/{table}.js:19:22",
    }
