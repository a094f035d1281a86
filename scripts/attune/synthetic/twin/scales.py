"""The scales of an instrument from which its synthetic responses are made."""

from collections.abc import Mapping
from dataclasses import dataclass

from attune.specs.instrument import Instrument
from attune.synthetic.twin.summary import Moments


@dataclass(frozen=True)
class Block:
    """Items that add up to one score.

    Attributes
    ----------
    scale : str
        The scale whose moments and correlations the block follows.
    items : tuple of int
        Item numbers from 1. All items of the scale, or what smaller scales left of them.
    """

    scale: str
    items: tuple[int, ...]


def building_blocks(instrument: Instrument) -> list[Block]:
    """The items of an instrument, each in one block.

    Sum and mean scales are taken from the shortest on, as long as they share no item; what is left
    of a longer scale follows that scale.

    Examples
    --------
    An instrument of two subscales of 16 items each and their total gives two blocks of 16.
    """
    linear = [
        name for name, scale in instrument.scales.items() if scale.aggregation in ("sum", "mean")
    ]
    linear.sort(key=lambda name: len(instrument.items_of(name)))
    blocks: list[Block] = []
    taken: set[int] = set()
    for name in linear:
        items = instrument.items_of(name)
        if not taken & set(items):
            blocks.append(Block(name, tuple(items)))
            taken |= set(items)
    for name in reversed(linear):
        rest = [item for item in instrument.items_of(name) if item not in taken]
        if rest:
            blocks.append(Block(name, tuple(rest)))
            taken |= set(rest)
    unscored = [item for item in range(1, instrument.n_items + 1) if item not in taken]
    return [*blocks, Block("", tuple(unscored))] if unscored else blocks


def item_moments(
    block: Block, instrument: Instrument, scales: Mapping[str, Moments]
) -> tuple[float, float, float]:
    """Mean and SD of a person's mean keyed response in a block, and its alpha.

    In the codes of the instrument. Where the summary suppresses the scale: the middle of the range,
    a sixth of it, and .80.
    """
    ranges = [instrument.range_of(item) for item in block.items]
    low = sum(codes.minimum for codes in ranges) / len(ranges)
    high = sum(codes.maximum for codes in ranges) / len(ranges)
    known = scales.get(block.scale)
    if known is None or known.mean is None or known.sd is None:
        return (low + high) / 2, (high - low) / 6, 0.8
    n_items = len(instrument.items_of(block.scale))
    divisor = n_items if instrument.scales[block.scale].aggregation == "sum" else 1
    return known.mean / divisor, known.sd / divisor, 0.8 if known.alpha is None else known.alpha
