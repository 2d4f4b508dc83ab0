"""What can be wrong with songs that a model is to be judged by."""

from separation.errors import SeparationError


class EvaluationError(SeparationError):
    """The songs are the reason.

    Codes: no_songs, named_twice, stems_missing, lengths_differ; no_folder, no_file for a result."""
