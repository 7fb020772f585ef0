import doctest

import pytest

from enrich.mapping import free_text, schema, speech, transforms
from enrich.mapping.transforms import normalise_label


@pytest.mark.parametrize("module", [transforms, free_text, speech, schema])
def test_the_examples_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("label", ["I´m in", "I`m in", "*I’m in*", "  I'M\u00a0in\u200b ", "_I'm  in_"])
def test_labels_that_look_the_same_are_the_same(label: str) -> None:
    assert normalise_label(label) == "i'm in"
