"""Debian's Firefox, told what to do by WebDriver BiDi, which it speaks itself: playwright's is a build of its own."""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

PREFERENCES: dict[str, str | int | bool] = {
    "media.cubeb.force_mock_context": True,  # sound without a sound card: else contexts stay suspended
    # Everything but this machine goes to a proxy that isn't there.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}


def firefox_path() -> str | None:
    """Where this machine has its Firefox."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window. Clicks and keys are real ones, so that a page takes them for a listener's."""

    def __init__(self, path: str, profile: Path) -> None:
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()
        ]
        (profile / "user.js").write_text("\n".join(lines))
        command = [
            path,
            "--headless",
            "--no-remote",
            "--profile",
            str(profile),
            "--remote-debugging-port",
            "0",
        ]
        self._log = profile / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._socket = self._connect()
            self._call("session.new", capabilities={})
            self._call("session.subscribe", events=["log.entryAdded"])
            (window,) = self._call("browsingContext.getTree")["contexts"]
            self._window = window["context"]
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._end()

    def goto(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self._call("browsingContext.navigate", context=self._window, url=url, wait="complete")

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """What an (async) function answers, as JSON."""
        call = f"async () => JSON.stringify(await ({function})(...{json.dumps(arguments)}) ?? null)"
        target = {"context": self._window}
        answer = self._call("script.callFunction", functionDeclaration=call, target=target, awaitPromise=True)
        if answer["type"] != "success":
            raise AssertionError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def click(self, role: str, name: str) -> None:
        """Press what a screen reader finds under this name."""
        locator = {"type": "accessibility", "value": {"role": role, "name": name}}
        nodes = self._call("browsingContext.locateNodes", context=self._window, locator=locator)["nodes"]
        assert len(nodes) == 1, (role, name, nodes)
        origin = {"type": "element", "element": {"sharedId": nodes[0]["sharedId"]}}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}
        press = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": "mouse", "actions": press})

    def press(self, key: str) -> None:
        """Press a key, which is one character."""
        press = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._act({"type": "key", "id": "keyboard", "actions": press})

    def _act(self, source: dict[str, Any]) -> None:
        self._call("input.performActions", context=self._window, actions=[source])

    def _connect(self) -> ClientConnection:
        for _ in range(300):
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", self._log.read_text())
            if found:
                return connect(f"{found[1]}/session", max_size=None, proxy=None, legacy=True)
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        raise AssertionError(f"Firefox didn't start: {self._log.read_text()[-1_000:]}")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            entry = answer.get("params", {})
            if answer.get("method") == "log.entryAdded" and entry["level"] == "error":
                self.complaints.append(entry["text"])
            if answer.get("id") != number:
                continue
            if answer["type"] == "error":
                raise AssertionError(f"{method}: {answer['message']}")
            result: dict[str, Any] = answer["result"]
            return result

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
