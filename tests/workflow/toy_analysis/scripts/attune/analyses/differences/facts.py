"""The declared distances, as templates use them."""

from attune.analyses.differences.declaration import declared_differences

from attune.printing.text import literal


def facts(study, cohort, labels, written):
    """Title and ids of the statistics of every declared pair."""
    return {
        name: {
            "title": literal(pair.title),
            "ids": [
                f"{name}.{first}.{second}.mean_absolute_difference"
                for first, second in zip(pair.first, pair.second, strict=True)
            ],
        }
        for name, pair in declared_differences(study).items()
    }
