"""Errors that the user can correct, each a complete sentence with its place and remedy."""

from collections.abc import Sequence


class AttuneError(ValueError):
    """An error in a file or a setting that its author can correct.

    Parameters
    ----------
    heading : str
        One sentence with the file and the action that failed.
    problems : sequence of str, optional
        Every problem, one sentence each: place, value found, values allowed, remedy.
    """

    def __init__(self, heading: str, problems: Sequence[str] = ()):
        self.heading = heading
        self.problems = list(problems)
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in self.problems)]))


class ConfigurationError(AttuneError):
    """A configuration, cohort, study or instrument file does not fit its model."""


class RawDataError(AttuneError):
    """The raw files of a cohort cannot be read as responses without a decision by a person."""


class AnalysisError(AttuneError):
    """An analysis cannot be carried out as declared in the study file."""


class StatisticError(AttuneError):
    """A statistic has no kind or two, or a value that its kind or a second package rules out."""


class ManuscriptError(AttuneError):
    """A document asks for a statistic, table or figure that does not exist, or fails to render."""


class VerdictError(AttuneError):
    """Printed values have verdicts that are not accepted in reasons.yaml."""


class ArchiveError(AttuneError):
    """A run cannot be archived, or an archive is invalid."""


class ProvenanceError(AttuneError):
    """A statistic cannot be traced to its source."""


class SiteFileError(AttuneError):
    """A site file cannot be made, or is refused."""
