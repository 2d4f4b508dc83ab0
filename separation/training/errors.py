"""What can go wrong while songs are made or a model is trained."""

from separation.errors import SeparationError


class TrainingError(SeparationError):
    """Codes: missing_program, program_failed, worker_died, bad_sources, bad_name, bad_rate, bad_number, bad_shape,
    bad_start, name_taken, no_folder, same_songs, no_songs, bad_checkpoint, astray."""
