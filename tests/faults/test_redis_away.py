"""Redis is a doorbell: whatever becomes of it, no share is lost and nobody is turned away."""

from pathlib import Path

import redis

from tests.running import Service, wait_for


def test_a_killed_redis_comes_back_and_the_share_is_made(fragile: Service, short_song: Path) -> None:
    fragile.process("redis").kill()
    share = fragile.upload(short_song)["id"]  # answered as ever, whether Redis is back yet or not
    fragile.until(share, lambda manifest: manifest["state"] == "done")


def test_an_emptied_redis_loses_no_share_that_waits(fragile: Service, song: Path, short_song: Path) -> None:
    first = fragile.upload(song)["id"]
    fragile.until(first, lambda manifest: manifest["state"] == "running")
    # A busy worker may hold one message already, so that only the next one is sure to be in Redis.
    waiting = [fragile.upload(short_song)["id"] for _ in range(2)]
    with redis.Redis(unix_socket_path=str(fragile.redis_socket())) as client:
        wait_for(lambda: client.llen("separate") >= 1, 10, lambda: "no message is there")
        client.flushall()
        assert client.llen("separate") == 0
    for share in waiting:
        fragile.until(share, lambda manifest: manifest["state"] == "done")
