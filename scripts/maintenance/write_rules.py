"""Write the table of rules in docs/rules.md from RULES.

Run by `make schemas`; a test fails if the files are outdated.
"""

from pathlib import Path

from attune.specs.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "rules.md"
BEGIN, END = "<!-- rules: begin -->\n", "<!-- rules: end -->\n"


def rules_table() -> str:
    """Every rule with what it finds and its severity, as a Markdown table.

    Returns
    -------
    str
        One row per rule in the order of checking, ending in a newline.
    """
    lines = ["| rule | what it finds | severity |", "|---|---|---|"]
    for name, rule in RULES.items():
        severity = f"{rule.severity} (always)" if rule.fixed else rule.severity
        lines.append(f"| `{name}` | {rule.finds} | {severity} |")
    return "\n".join(lines) + "\n"


def page_with(table: str, page: str) -> str:
    """The page with this table in the place of its own.

    Parameters
    ----------
    table, page : str
        The page holds one table between its two marks.
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table}{END}{after}"


def main() -> None:
    """Write the page."""
    page = page_with(rules_table(), PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
