"""Rate limits and budgets: how much of something may be used, and how soon there is more. Pure; time is an argument."""

from __future__ import annotations

from collections import OrderedDict


class TokenBucket:
    """`rate` uses a second, `burst` saved up at most. Times are monotonic seconds."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> float:
        """0.0 where one use is granted; else the seconds until the next one will be."""
        tokens = self._tokens + (now - self._at) * self.rate
        self._at = now
        if tokens > self.burst:
            tokens = self.burst
        if tokens >= 1:
            self._tokens = tokens - 1
            return 0.0
        self._tokens = tokens
        return (1 - tokens) / self.rate


class KeyedRateLimiter:
    """A token bucket for each name, for at most `size` names: the one longest unused is forgotten first."""

    def __init__(self, rate: float, burst: float, size: int) -> None:
        self._rate = rate
        self._burst = burst
        self._size = size
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, name: str, now: float) -> float:
        """As `TokenBucket.take`, for the bucket of `name`, which starts full."""
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= self._size:
                self._buckets.popitem(last=False)
            bucket = self._buckets[name] = TokenBucket(self._rate, self._burst, now)
        else:
            self._buckets.move_to_end(name)
        return bucket.take(now)


class ByteBudget:
    """At most `size` of something at once, `used` of it now: bytes of bodies, refusals being penalized."""

    __slots__ = ("size", "used")

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0

    def take(self, amount: int) -> bool:
        """Whether `amount` was still to be had; what is taken is given back with `give`."""
        if self.used + amount > self.size:
            return False
        self.used += amount
        return True

    def give(self, amount: int) -> None:
        """Gives back what `take` granted."""
        self.used -= amount
