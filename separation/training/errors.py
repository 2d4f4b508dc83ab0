"""What can go wrong while songs are made or a model is trained."""

from separation.errors import SeparationError


class TrainingError(SeparationError):
    """Codes: missing_program, bad_sources, no_songs, bad_checkpoint, name_taken, bad_name, worker_died."""
