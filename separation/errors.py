"""What can go wrong between a file and its stems, in words a person understands."""


class SeparationError(Exception):
    """A failure with a stable `code` for programs and one sentence in plain words for people.

    `retry` says whether another try may end better: a file that isn't audio stays so, a killed decoder may not.
    """

    def __init__(self, code: str, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry = retry

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.message, self.retry)


def _rebuild(cls: type[SeparationError], code: str, message: str, retry: bool) -> SeparationError:
    return cls(code, message, retry=retry)


class AudioError(SeparationError):
    """The song is the reason.

    Codes: missing, empty, not_audio, unsupported, no_sound_stream, too_long, too_many_channels, bad_rate, damaged,
    decoder_stopped (the only one worth a retry), changed (the file isn't the one that was scanned).
    """


class ModelError(SeparationError):
    """The model or its device is the reason.

    Codes: unknown_model, bad_weights, other_stems (than the song was shared for), no_device, out_of_memory.
    """


class Stopped(Exception):  # noqa: N818  # nothing went wrong
    """Raised out of a running separation when its `should_stop` said yes: neither a failure nor a result."""
