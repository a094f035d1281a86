"""Cohort overrides of missing rules; their wording is `attune.printing.key_words`."""

from collections.abc import Mapping

from attune.specs.instrument import Instrument, MissingRule


def with_missing_rules(
    instruments: Mapping[str, Instrument], rules: Mapping[str, MissingRule]
) -> dict[str, Instrument]:
    """Scoring keys with a cohort's missing rules in place of their own.

    Parameters
    ----------
    instruments : mapping of id to Instrument
    rules : mapping of instrument id to MissingRule
        The cohort's; each applies to every scale of its instrument except weighted scales, which
        need all items and stay `complete`.

    Returns
    -------
    dict of str to Instrument

    Examples
    --------
    >>> key = Instrument.model_validate({"instrument": "mood", "version": "1.0", "name": "Mood",
    ...     "abbreviation": "MS", "citation": "-", "citation_key": "none", "raters": ["patient"],
    ...     "n_items": 2, "response": {"minimum": 0, "maximum": 4}, "licence": "-",
    ...     "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
    ...     "missing": {"rule": "complete", "source": "the manual"},
    ...     "confidence": {"level": "1-source", "note": "-"}})
    >>> half = MissingRule(rule="prorate", max_missing_share=0.5, source="our protocol")
    >>> with_missing_rules({"mood": key}, {"mood": half})["mood"].missing_rule("total").source
    'our protocol'
    """
    return {
        name: _with_rule(instrument, rules[name]) if name in rules else instrument
        for name, instrument in instruments.items()
    }


def _with_rule(instrument: Instrument, rule: MissingRule) -> Instrument:
    scales = {
        name: scale.model_copy(
            update={
                "missing": instrument.missing_rule(name)
                if scale.aggregation == "weighted"
                else rule
            }
        )
        for name, scale in instrument.scales.items()
    }
    return instrument.model_copy(update={"missing": rule, "scales": scales})
