"""The errors that a person can mend, each a complete sentence with its place and remedy."""

from collections.abc import Sequence


class AttuneError(ValueError):
    """A mistake in a file or a setting that its author can mend.

    Parameters
    ----------
    heading : str
        One sentence that names the file and says what could not be done.
    problems : sequence of str, optional
        Every problem found, one sentence each: where, what was found, what is allowed, what to do.
    """

    def __init__(self, heading: str, problems: Sequence[str] = ()):
        self.heading = heading
        self.problems = list(problems)
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in self.problems)]))


class ConfigurationError(AttuneError):
    """A configuration, cohort, study or instrument file does not fit its model."""


class RawDataError(AttuneError):
    """The raw files of a cohort cannot be turned into responses without a decision by a person."""


class AnalysisError(AttuneError):
    """An analysis cannot be carried out as declared in the study file."""


class StatisticError(AttuneError):
    """A statistic has no kind or two, or a value that its kind or a second package rules out."""


class ManuscriptError(AttuneError):
    """A document asks for a statistic, table or figure that does not exist, or fails to render."""


class VerdictError(AttuneError):
    """Printed values have verdicts that nobody accepted."""


class ArchiveError(AttuneError):
    """A run cannot be archived, or an archive is not what it should be."""


class ProvenanceError(AttuneError):
    """A statistic cannot be traced to its source."""
