"""Run a step: messages to its log file, user errors as sentences, bugs with their stack trace."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from attune.specs.errors import AttuneError
from attune_files.faults import as_user_error
from attune_files.steps.file_sums import FileSums
from attune_files.steps.step_record import input_states, refuse_changed_results, write_record

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake


@contextmanager
def step(snakemake: "Snakemake") -> Iterator[None]:
    """Run the body of a step with its log file open, and write its record when it succeeds.

    Before the body runs, the results that it reads are compared with the records of their steps.
    Log records and Python warnings go to the first log file of the rule, if it has one. The record
    goes to the output `record`, if the rule declares it.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script.

    Raises
    ------
    SystemExit
        With status 1, for an `AttuneError` or a fault of the machine such as a full disk: its
        message is printed to standard error and to the log, without a stack trace, since it names
        the remedy.
    Exception
        Any other exception, after its stack trace was written to the log.
    """
    handler = _handler(snakemake)
    root = logging.getLogger()
    level, thresholds = root.level, gc.get_threshold()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        _collect_seldom()
        before = input_states(snakemake)
        sums = FileSums()
        refuse_changed_results(snakemake, sums)
        yield
        write_record(snakemake, before, sums)
    except AttuneError as error:
        _stop(error)
    except (OSError, MemoryError) as fault:
        error_of_user = as_user_error(fault)
        if error_of_user is None:
            logging.exception("The step %s failed.", snakemake.rule)
            raise
        _stop(error_of_user)
    except Exception:
        logging.exception("The step %s failed.", snakemake.rule)
        raise
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def _collect_seldom() -> None:
    """Let Python search for unreachable objects less often, and not among what was imported.

    A step is short and its frames are freed without that search, which took a tenth of the time of
    `build_manuscript` and 2 % of that of other steps; the largest memory grows by 2 %.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _stop(error: AttuneError) -> NoReturn:
    # The log may lie on the full disk: the sentence is printed in any case.
    with suppress(OSError):
        logging.error("%s", error)
    print(error, file=sys.stderr)
    sys.exit(1)


def _handler(snakemake: "Snakemake") -> logging.Handler:
    if not snakemake.log:
        return logging.NullHandler()
    handler = logging.FileHandler(str(snakemake.log[0]), mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler
