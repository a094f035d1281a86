"""Printed tables: strings ready for print, each with the id of the statistic that it prints."""

from attune.tables.build import build_tables, decimals_of_measures
from attune.tables.printed_table import PrintedTable

__all__ = ["PrintedTable", "build_tables", "decimals_of_measures"]
