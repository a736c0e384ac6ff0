"""Files without one of their plug-ins: they open, are written as they were, and are trained by nobody."""

from __future__ import annotations

import pytest

from engine.experiment.columns import column
from engine.experiment.document import Document, parse, to_toml
from engine.experiment.experiment import with_values
from engine.experiment.plug_ins.in_files import missing_in, without
from engine.experiment.structure import Ends, structure
from engine.run.problem import prepare
from engine.theory import facts
from engine.words.errors import Refusal

FILE = """
version = 1
plug_ins = { "some-gates" = "2.1", "other" = "0.3" }
title = "Gates"

[data]
kind = "circle"
n = 8

[network]
kind = "gates"
width = 4
gate = { kind = "hard", slopes = [0.5, 1.0] }

[loss]
kind = "exponential"

[optimizer]
kind = "steepest"

[about]
show = ["openness", "normalized_margin"]

[[experiments]]
name = "plain"
set = { "network" = { kind = "mlp", widths = [3] } }

[[experiments]]
name = "by signs"
set = { "optimizer.kind" = "sign-gates", "optimizer.beta" = 0.5 }

[[claims]]
text = "Gates open"
check = "final"
of = "openness"
at_least = 0.5
"""


@pytest.fixture(scope="module")
def document() -> Document:
    return parse(FILE)


def test_a_file_without_a_plug_in_opens_and_is_written_as_it_was(document: Document) -> None:
    text = to_toml(document)
    assert parse(text) == document
    for said in ('kind = "gates"', "slopes = [", 'kind = "sign-gates"', "beta = 0.5", 'of = "openness"'):
        assert said in text
    assert missing_in(text) == {"some-gates": "2.1", "other": "0.3"} == missing_in(FILE)
    assert "plug_ins" not in to_toml(Document(base=document.experiments()["plain"]))


def test_what_needs_no_plug_in_can_be_trained_and_the_rest_says_which_it_needs(document: Document) -> None:
    every = document.experiments()
    assert prepare(every["plain"]).structure.parameters == 9
    with pytest.raises(
        Refusal, match=r"^network.kind: 'gates' needs the plug-in other 0.3 or some-gates 2.1, which"
    ):
        prepare(every["by signs"])
    signs = with_values(every["by signs"], {"network.kind": "mlp"})
    with pytest.raises(
        Refusal, match=r"^optimizer.kind: 'sign-gates' needs the plug-in .* say --plugin NAME$"
    ):
        prepare(signs)


def test_an_absent_network_has_words_and_no_theorem(document: Document) -> None:
    gates = document.experiments()["by signs"]
    shape = structure(gates.network, Ends(2, 1))
    known = facts(gates, shape)
    assert known[0].text == "its plug-in other 0.3 or some-gates 2.1 is not on"
    assert not any(fact.holds for fact in known)
    assert (gates.network.in_brief(), gates.optimizer.in_brief()) == ("gates", "sign-gates")


def test_its_columns_are_known_as_a_plug_in_s_and_a_wrong_kind_stays_wrong() -> None:
    parse(FILE)
    known = column("openness")
    assert known is not None and known.help == "Measured by a plug-in that is not on."
    own = FILE.replace('plug_ins = { "some-gates" = "2.1", "other" = "0.3" }\n', "")
    with pytest.raises(Refusal, match=r"network.kind: 'gates' is not a known kind"):
        parse(own)
    with pytest.raises(Refusal, match="plug_ins: must be a table"):
        parse(FILE.replace('{ "some-gates" = "2.1", "other" = "0.3" }', "3"))


def test_the_sentence_names_every_plug_in() -> None:
    assert without({"gates": "1.0", "more": "2"}, "This session").startswith(
        "This session needs the plug-ins gates 1.0 and more 2, not on here: what was recorded is shown"
    )


@pytest.mark.parametrize("was", ["{", "[1]", "{}", '{"kind": "absent"}'])
def test_a_file_that_says_itself_that_a_kind_is_absent_is_refused(was: str) -> None:
    own = f'network = {{ kind = "absent", plug_in = "gates 1", was = {was!r} }}'
    text = FILE.partition("[network]")[0].replace('title = "Gates"', own)
    with pytest.raises(Refusal, match=r"^network.*was: .* is no table of a kind"):
        parse(text)


def test_a_slip_of_another_file_is_no_measurement_because_a_file_without_its_plug_in_has_it() -> None:
    parse(FILE)
    slip = FILE.replace('plug_ins = { "some-gates" = "2.1", "other" = "0.3" }\n', "")
    slip = slip.replace('"gates"', '"mlp"').replace("width = 4", "").replace("gate = {", "# {")
    slip = slip.replace("sign-gates", "momentum").replace('show = ["openness", ', "show = [")
    with pytest.raises(Refusal, match=r"^claims\[0\].of: 'openness' is not a measurement"):
        parse(slip)
