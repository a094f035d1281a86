"""What an archive says of itself in the words of RO-Crate's Workflow Run profile.

Sources: RO-Crate 1.1, https://doi.org/10.3233/DS-210053; Workflow Run Crate 0.5,
https://doi.org/10.1371/journal.pone.0309210. Everything here is a plain dictionary with "@id";
`attune_files.archive.crate` puts them together with the package rocrate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from attune.record.archive.contents import encoding_of
from attune.record.archive.manifest import ArchiveDescription
from attune.record.archive.sharing import licence_id
from attune.specs.authors import Authors
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.specs.synthesis import Synthesis

CRATE_VERSION = "1.1"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
"""Words of the profile that RO-Crate itself lacks, such as sha256."""
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
WORKFLOW_PROFILE = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
PARAMETER_PROFILE = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
WORKFLOW = "Snakefile"
RUN = "#run"

Entity = dict[str, object]


@dataclass(frozen=True)
class ArchivedWork:
    """What an archive holds the run of, as its crate describes it.

    Attributes
    ----------
    title : str
        Of the study or synthesis.
    data : str
        What was analysed.
    licence : str
        Of the data.
    authors : list of str
    notice : str
        That data are synthetic; empty where they are real.
    orcids : mapping of str to str
        ORCID iDs of authors, by name.
    """

    title: str
    data: str
    licence: str
    authors: list[str]
    notice: str = ""
    orcids: Mapping[str, str] = field(default_factory=dict)

    def by(self, authors: Authors) -> "ArchivedWork":
        """The same with the authors of a title page, if it names any."""
        if not authors.authors:
            return self
        names = [author.printed_name for author in authors.authors]
        orcids = {author.printed_name: author.orcid for author in authors.authors if author.orcid}
        return replace(self, authors=names, orcids=orcids)


def work_of_cohort(cohort: Cohort, study: Study) -> ArchivedWork:
    """The study of a cohort."""
    notice = cohort.synthetic_notice.strip() if cohort.synthetic else ""
    return ArchivedWork(study.title, cohort.title, cohort.licence, list(study.authors), notice)


def work_of_synthesis(synthesis: Synthesis) -> ArchivedWork:
    """A synthesis of studies."""
    notice = "A demonstration: synthetic data enter." if synthesis.demonstration else ""
    return ArchivedWork(
        synthesis.title,
        synthesis.question,
        synthesis.licence or "not stated",
        list(synthesis.authors),
        notice,
    )


@dataclass(frozen=True)
class Slot:
    """A kind of files that the workflow reads or writes: a formal parameter of the crate.

    Attributes
    ----------
    name, description : str
    reads : bool
        Whether it is an input.
    paths : list of str
        The files of this run in it, by their path in the archive.
    """

    name: str
    description: str
    reads: bool
    paths: list[str]

    @property
    def id(self) -> str:
        """Id of the formal parameter."""
        return f"#{'input' if self.reads else 'output'}-{self.name}"


_INPUTS = {
    "raw_files": "Raw files of the cohort",
    "cohort": "Where the raw files are and what their columns hold",
    "study": "The analysis plan",
    "instruments": "Scoring keys of the questionnaires",
    "publication": "The printed numbers of the paper",
    "synthesis": "What is synthesised, and how",
    "effect_tables": "Tables of effects of studies",
    "literature": "What texts report of studies and meta-analyses",
    "crosswalk": "Which facets the questionnaires measure",
    "cohort_statistics": "Statistics of cohorts that enter the synthesis",
}
_OUTPUTS = {
    "statistics": "Statistics with their uncertainty, one row each",
    "tables": "Printed tables, each cell with its statistic's id",
    "figures": "Figures",
    "records": "What each step read, with which code and choices, and what it wrote",
    "documents": "Manuscript, supplement, and pages",
    "data": "Tables of an earlier stage",
}


def slots(
    paths: Iterable[str], description: ArchiveDescription, raw: Sequence[str], read: Sequence[str]
) -> list[Slot]:
    """Inputs and outputs of the run, as far as they are in the archive.

    Parameters
    ----------
    paths : iterable of str
        Every file of the archive.
    description : ArchiveDescription
    raw : sequence of str
        Those of them that are raw files.
    read : sequence of str
        Every file that a step read.
    """
    results = description.results
    inputs: dict[str, list[str]] = {name: [] for name in _INPUTS}
    outputs: dict[str, list[str]] = {name: [] for name in _OUTPUTS}
    by_folder = {
        **{"studies": "study", "instruments": "instruments", "publications": "publication"},
        **{"literature": "literature", "crosswalks": "crosswalk"},
    }
    for path in sorted(paths):
        first, *rest = path.split("/")
        if path in raw:
            inputs["raw_files"].append(path)
        elif path == f"data/{description.cohort}/cohort.yaml":
            inputs["cohort"].append(path)
        elif first == "workflow" and rest[0] in by_folder and path in read:
            inputs[by_folder[rest[0]]].append(path)
        elif path.startswith(results):
            inside = path.removeprefix(results)
            folder = inside.split("/")[0] if "/" in inside else ""
            other = "data" if inside.endswith(".parquet") else "documents"
            outputs[folder if folder in outputs else other].append(path)
        elif path.startswith("workflow/syntheses/"):
            inputs["synthesis" if path.endswith(".yaml") else "effect_tables"].append(path)
        elif first == "results":
            inputs["cohort_statistics"].append(path)
    return [
        Slot(name, descriptions[name], reads, files)
        for found, descriptions, reads in ((inputs, _INPUTS, True), (outputs, _OUTPUTS, False))
        for name, files in found.items()
        if files
    ]


def parameter_entities(
    found: Sequence[Slot], choices: Mapping[str, object]
) -> tuple[list[Entity], list[Entity]]:
    """Formal parameters of the workflow, and the values that the choices had.

    Returns
    -------
    parameters : list of dict
        One per slot and per choice of config.yaml.
    values : list of dict
        One per choice.
    """
    parameters: list[Entity] = [
        {
            "@id": entry.id,
            "@type": "FormalParameter",
            "name": entry.name,
            "description": entry.description,
            "additionalType": "File",
            "conformsTo": {"@id": PARAMETER_PROFILE},
            "workExample": _references(entry.paths),
        }
        for entry in found
    ]
    values: list[Entity] = []
    for name, value in _flat(choices):
        parameter, value_id = f"#choice-{name}", f"#value-{name}"
        parameters.append(
            {
                "@id": parameter,
                "@type": "FormalParameter",
                "name": name,
                "additionalType": "PropertyValue",
                "conformsTo": {"@id": PARAMETER_PROFILE},
                "workExample": {"@id": value_id},
            }
        )
        values.append(
            {
                "@id": value_id,
                "@type": "PropertyValue",
                "name": name,
                "value": value if isinstance(value, int | float | str) else str(value),
                "exampleOfWork": {"@id": parameter},
            }
        )
    return parameters, values


def _flat(choices: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, value in choices.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def software_entities(versions: Mapping[str, str]) -> list[Entity]:
    """Python and the packages of the run, each with its version.

    Examples
    --------
    >>> software_entities({"numpy": "2.4.6"})[0]["@id"]
    'pkg:pypi/numpy@2.4.6'
    """
    return [
        {
            "@id": f"pkg:{'generic' if name == 'python' else 'pypi'}/{name.lower()}@{version}",
            "@type": "SoftwareApplication",
            "name": name,
            "softwareVersion": version,
        }
        for name, version in sorted(versions.items())
    ]


def licence_entity(work: ArchivedWork) -> Entity:
    """The licence of the data."""
    known = licence_id(work.licence)
    return {
        "@id": f"https://spdx.org/licenses/{known}" if known else "#licence",
        "@type": "CreativeWork",
        "name": known or work.licence,
        "description": f"Licence of the data: {work.licence}",
    }


def profile_entities() -> list[Entity]:
    """The profiles that an archive keeps to."""
    return [
        {"@id": profile, "@type": "CreativeWork", "name": name, "version": version}
        for profile, (name, version) in PROFILES.items()
    ]


def author_entities(work: ArchivedWork) -> list[Entity]:
    """The authors of the study or synthesis."""
    return [
        {
            "@id": f"https://orcid.org/{work.orcids[name]}"
            if name in work.orcids
            else f"#author-{number}",
            "@type": "Person",
            "name": name,
        }
        for number, name in enumerate(work.authors, start=1)
    ]


def file_properties(path: str, sha256: str, size: int, found: Sequence[Slot]) -> Entity:
    """What the crate says of one file."""
    properties: Entity = {
        "name": path.rpartition("/")[2],
        "encodingFormat": encoding_of(path),
        "contentSize": str(size),
        "sha256": sha256,
    }
    slots_of = [entry.id for entry in found if path in entry.paths]
    if slots_of:
        properties["exampleOfWork"] = _references(slots_of)
    return properties


def root_properties(work: ArchivedWork, description: ArchiveDescription) -> Entity:
    """What the crate says of the whole archive."""
    notice = f" {work.notice}" if work.notice else ""
    held = "are" if description.raw_included else "are not"
    return {
        "name": f"{work.title}: the run of {description.name}",
        "description": f"A finished run of attune {description.attune} on '{work.data}' with"
        f" everything that is needed to repeat it. The raw files {held} in it:"
        f" {description.raw_reason}.{notice}",
        "datePublished": description.ended,
        "license": {"@id": licence_entity(work)["@id"]},
        "author": _references(_ids(author_entities(work))),
        "conformsTo": _references(PROFILES),
        "mentions": {"@id": RUN},
    }


def workflow_properties(
    found: Sequence[Slot],
    parameters: Sequence[Entity],
    software: Sequence[Entity],
    description: ArchiveDescription,
) -> Entity:
    """What the crate says of the Snakefile, besides that it is a file."""
    outputs = {entry.id for entry in found if not entry.reads}
    return {
        "name": "attune: from raw questionnaires to an audited manuscript",
        "version": description.attune,
        "conformsTo": {"@id": WORKFLOW_PROFILE},
        "license": {"@id": "LICENSE"},
        "input": _references(entry for entry in _ids(parameters) if entry not in outputs),
        "output": _references(entry for entry in _ids(parameters) if entry in outputs),
        "softwareRequirements": _references(_ids(software)),
    }


def run_properties(
    found: Sequence[Slot], values: Sequence[Entity], description: ArchiveDescription
) -> Entity:
    """The run: what was executed, on what, with what result."""
    read = [path for slot in found if slot.reads for path in slot.paths]
    written = [path for slot in found if not slot.reads for path in slot.paths]
    return {
        "@type": "CreateAction",
        "name": f"The run of {description.name}",
        "description": f"Snakemake ran all steps of attune on the"
        f" {'cohort' if description.cohort else 'synthesis'} {description.name}.",
        "endTime": description.ended,
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "instrument": {"@id": WORKFLOW},
        "object": _references([*read, *_ids(values)]),
        "result": _references(written),
    }


def _ids(entities: Iterable[Entity]) -> list[str]:
    return [str(entity["@id"]) for entity in entities]


def _references(ids: Iterable[str]) -> object:
    """References to entities; RO-Crate wants a single one without a list around it."""
    found: list[Entity] = [{"@id": entry} for entry in ids]
    return found[0] if len(found) == 1 else found
