"""A goods file that cannot be taken at all."""

from services.contracts.import_codes import ImportFailure


class FileRefused(Exception):
    """The whole file cannot be taken; `failure` and `params` say why."""

    def __init__(self, failure: ImportFailure, **params: str | int) -> None:
        super().__init__(failure)
        self.failure = failure
        self.params: dict[str, str | int] = params
