"""Rows below the data that hold no person: means, standard deviations and sums."""

import re
from collections.abc import Collection

MOST_LABELS = 6
"""Different labels of one kind up to which they are those of results."""

WITH_DIGITS = 0.8
"""Share of the other ids that must hold a digit: where ids are words, Max may be a name."""

_LABEL = re.compile(
    r"(means?|average|avg|averages|sd|s\.d\.|std\.?|stdev|std\.? ?dev\.?|variance|var|median|modus|"
    r"mode|min|max|minimum|maximum|sums?|total|totals|grand total|subtotal|count|n|valid n|"
    r"mittelwerte?|mittel|mw|durchschnitt|standardabweichung|stabw|summe|gesamt|gesamtergebnis|"
    r"anzahl|moyenne|écart[- ]type|somme|effectif|media|promedio|desviación( estándar)?|suma|"
    r"média|desvio( padrão)?|soma|gemiddelde|standaarddeviatie|som|totaal|gjennomsnitt|"
    r"gennemsnit|medelvärde|summa|średnia|среднее|сумма|итого|ortalama|toplam)[ :=]*",
    re.IGNORECASE,
)


def summary_labels(ids: Collection[str]) -> list[str]:
    """The ids that are words for results, in order; none where ids are words themselves.

    Parameters
    ----------
    ids : collection of str
        Ids of a cohort or a file, without the empty one.

    Examples
    --------
    >>> summary_labels(["101", "102", "103", "Mean", "SD"])
    ['Mean', 'SD']
    >>> summary_labels(["Anna", "Max", "Tom"])
    []
    """
    found = sorted({text for text in ids if _LABEL.fullmatch(text.strip())})
    others = [text for text in set(ids) if text not in set(found)]
    if not found or not others or len(found) > MOST_LABELS:
        return []
    digits = sum(any(map(str.isdigit, text)) for text in others)
    return found if digits >= WITH_DIGITS * len(others) else []
