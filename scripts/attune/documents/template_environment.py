"""Jinja2 as templates of documents need it, and the mistakes that it can tell beforehand."""

from collections.abc import Callable, Mapping

import jinja2
import jinja2.meta
from jinja2 import nodes

from attune.printing import apa
from attune.printing.wording import in_sentence, sentence_case
from attune.specs.closed_model import did_you_mean

NUMBER_FORMS: dict[str, Callable[[float], str]] = {
    "shortest": lambda value: format(value, "g"),
    "percent": apa.coverage,
    "level": apa.level_of,
    "whole": lambda value: apa.number(value, 0),
}
"""How a template may print a number of config.yaml."""


def template_environment(templates: Mapping[str, str]) -> jinja2.Environment:
    """Jinja2 for Markdown: an unknown name is an error, and nothing is escaped."""
    # The output is Markdown, where HTML's escaping would be wrong; texts from files are escaped
    # for Markdown before templates see them.
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(dict(templates)),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "sentence_case": sentence_case,
        "in_sentence": in_sentence,
        **NUMBER_FORMS,
    }
    return environment


def undeclared_names(
    environment: jinja2.Environment, templates: Mapping[str, str], known: list[str]
) -> list[str]:
    """Names that the templates use and nobody gives them, before anything is rendered."""
    problems = []
    known = [*known, *environment.globals]
    for name, source in templates.items():
        try:
            tree = environment.parse(source, name)
        except jinja2.TemplateSyntaxError as error:
            problems.append(f"{name}, line {error.lineno}: {error.message}")
            continue
        # A name that is set in only one branch counts as undeclared; rendering will tell.
        given = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"} | set(known)
        problems += [
            f"{name}: {each!r} is not defined. {did_you_mean(each, known)}"
            for each in sorted(jinja2.meta.find_undeclared_variables(tree) - given)
        ]
    return problems


def place_of(error: BaseException, template: str) -> str:
    """Template and line that an error comes from."""
    place, trace = template, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            place = f"{template}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
