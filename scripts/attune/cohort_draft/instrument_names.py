"""Column-name aliases of each registered instrument."""

import re
from collections.abc import Mapping

from attune.cohort_draft.column_names import normalised
from attune.cohort_draft.vocabulary import RATERS
from attune.specs.instrument import Instrument


class KnownNames:
    """Names of instruments, normalised.

    Attributes
    ----------
    stems : set of str
        Every name, and every beginning of an id at an underscore (wai of wai_s, iip of iip_32).
    n_items : dict of str to int
        Number of items by instrument id.
    """

    def __init__(self, instruments: Mapping[str, Instrument]):
        self.n_items = {name: key.n_items for name, key in instruments.items()}
        self._own: dict[str, list[str]] = {}
        self._family: dict[str, list[str]] = {}
        for name, key in instruments.items():
            for known in {normalised(text) for text in (name, key.abbreviation, *key.aliases)}:
                if len(known) > 1:
                    self._own.setdefault(known, []).append(name)
            parts = name.split("_")
            beginnings = {"".join(parts[:length]) for length in range(1, len(parts))}
            beginnings |= {re.sub(r"\d+\w?$", "", text) for text in [*beginnings, "".join(parts)]}
            for known in beginnings:
                if len(known) > 1:
                    self._family.setdefault(known, []).append(name)
        every = {*self._own, *self._family}
        # wai_t and waic are the WAI of one rater, not instruments of their own.
        self.stems = {
            stem
            for stem in every
            if not any(stem == short + word for short in every for word in RATERS)
        }

    def instruments_of(self, stem: str) -> list[str]:
        """Ids of the instruments with this stem, those with this full name first.

        Examples
        --------
        >>> KnownNames({}).instruments_of("kims")
        []
        """
        return list(dict.fromkeys([*self._own.get(stem, []), *self._family.get(stem, [])]))

    def is_full_name(self, stem: str, instrument: str) -> bool:
        """Whether a stem is a name of this instrument, not only of its family."""
        return instrument in self._own.get(stem, [])
