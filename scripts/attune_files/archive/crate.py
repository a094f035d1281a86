"""The file ro-crate-metadata.json of an archive, made with the package rocrate."""

import json
from collections.abc import Mapping, Sequence

from attune.record.archive import crate_entities as made
from attune.record.archive.manifest import ArchiveDescription

METADATA = "ro-crate-metadata.json"


def crate_metadata(
    files: Mapping[str, tuple[str, int]],
    description: ArchiveDescription,
    work: made.ArchivedWork,
    choices: Mapping[str, object],
    raw: Sequence[str],
    read: Sequence[str],
) -> bytes:
    """The description of an archive as a Workflow Run Crate.

    Parameters
    ----------
    files : mapping of str to (str, int)
        SHA-256 sum and size of every file of the archive, by path.
    description : ArchiveDescription
    work : ArchivedWork
    choices : mapping
        Of config.yaml.
    raw : sequence of str
        The raw files among `files`.
    read : sequence of str
        Every file that a step read.

    Returns
    -------
    bytes
        JSON-LD, UTF-8; the same input gives the same bytes.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=made.CRATE_VERSION)
    crate.metadata.extra_contexts.append(made.TERMS)
    slots = made.slots(files, description, raw, read)
    parameters, values = made.parameter_entities(slots, choices)
    software = made.software_entities(description.versions)
    for entity in (
        *(*made.profile_entities(), *parameters, *values, *software),
        *(made.licence_entity(work), *made.author_entities(work)),
    ):
        crate.add(ContextEntity(crate, str(entity["@id"]), properties=entity))
    for path, (sha256, size) in sorted(files.items()):
        properties = made.file_properties(path, sha256, size, slots)
        if path == made.WORKFLOW:
            workflow = made.workflow_properties(slots, parameters, software, description)
            crate.add_workflow(
                dest_path=path, properties=properties | workflow, lang="snakemake", main=True
            )
        else:
            crate.add_file(dest_path=path, properties=properties)
    run = made.run_properties(slots, values, description)
    crate.add(ContextEntity(crate, made.RUN, properties=run))
    for name, value in made.root_properties(work, description).items():
        crate.root_dataset[name] = value
    text = json.dumps(crate.metadata.generate(), indent=1, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()
